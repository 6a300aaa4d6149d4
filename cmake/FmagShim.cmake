# SPDX-License-Identifier: BSD-2-Clause
#
# Builds in which a tool sees into Concurrency Kit: tsan/include/ck_pr.h in place
# of its assembly, and its ck_stack.h with the links read and written atomically.
#
# A pop reads the link of a magazine that another thread may have popped and be
# pushing again: harmless, since its compare-and-swap then fails, but a race by
# the letter, and in CK a plain access. Left uninstrumented it would hide real
# races; so the accesses are replaced by CK's own primitives, which the shim sees
# and the explorer can stop at.

# fmag_shim_replace(VARIABLE FROM TO COUNT): in its value, which must have COUNT.
function(fmag_shim_replace variable from to count)
  set(old "${${variable}}")
  string(REPLACE "${from}" "" without "${old}")
  string(LENGTH "${old}" length)
  string(LENGTH "${without}" length_without)
  string(LENGTH "${from}" length_from)
  math(EXPR found "(${length} - ${length_without}) / ${length_from}")
  if(NOT found EQUAL count)
    message(FATAL_ERROR "Concurrency Kit's ck_stack.h has '${from}' "
      "${found} times, not ${count}: this version was not looked at")
  endif()
  string(REPLACE "${from}" "${to}" new "${old}")
  set(${variable} "${new}" PARENT_SCOPE)
endfunction()

# Writes ck_stack.h into DIRECTORY.
function(fmag_shim_write_stack directory)
  find_file(FMAG_CK_STACK_H ck_stack.h HINTS ${CK_INCLUDE_DIRS} REQUIRED)
  mark_as_advanced(FMAG_CK_STACK_H)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    "${FMAG_CK_STACK_H}")
  file(READ "${FMAG_CK_STACK_H}" text)
  # push and trypush; pop and trypop; the pops of a single consumer, which
  # nothing here may use but a test of the tools.
  fmag_shim_replace(text "entry->next = stack;"
    "ck_pr_store_ptr(&entry->next, stack);" 3)
  fmag_shim_replace(text "original.head->next;"
    "ck_pr_load_ptr(&original.head->next);" 3)
  fmag_shim_replace(text "next = entry->next;"
    "next = ck_pr_load_ptr(&entry->next);" 2)
  # What pop and trypop took is the caller's alone.
  fmag_shim_replace(text "\treturn original.head;"
    "\tfmag_shim_owned(&original.head->next);\n\treturn original.head;" 1)
  fmag_shim_replace(text "\t\t*r = original.head;"
    "\t\tfmag_shim_owned(&original.head->next);\n\t\t*r = original.head;" 1)
  file(CONFIGURE OUTPUT "${directory}/ck_stack.h" CONTENT "${text}" @ONLY)
endfunction()

# fmag_shim_target(TARGET MODE): compiles it with the shim; MODE is FMAG_TSAN_SHIM
# or FMAG_EXPLORE.
function(fmag_shim_target target mode)
  set(directory "${PROJECT_BINARY_DIR}/shim")
  fmag_shim_write_stack("${directory}")
  target_compile_definitions(${target} PRIVATE ${mode})
  target_include_directories(${target} BEFORE PRIVATE
    "${PROJECT_SOURCE_DIR}/tsan/include")
  target_include_directories(${target} SYSTEM BEFORE PRIVATE "${directory}")
endfunction()
