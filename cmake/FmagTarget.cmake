# SPDX-License-Identifier: BSD-2-Clause
#
# What every target of this tree is compiled with.

# fmag_target(TARGET): C11, the warnings, the sanitizers asked for.
function(fmag_target target)
  set_target_properties(${target} PROPERTIES
    C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wconversion -Wundef -Wshadow
    $<$<BOOL:${FMAG_WERROR}>:-Werror>)
  if(FMAG_SANITIZE)
    set(flags "-fsanitize=${FMAG_SANITIZE}" -fno-sanitize-recover=all
      -fno-omit-frame-pointer)
    target_compile_options(${target} PRIVATE ${flags})
    # A static library cannot link: whoever links it needs the runtime.
    target_link_options(${target} PUBLIC "-fsanitize=${FMAG_SANITIZE}")
  endif()
endfunction()
