# SPDX-License-Identifier: BSD-2-Clause
#
# cmake --install: headers, both libraries, the adapter of liburcu's, the twins for
# tools, a .pc file each and the CMake package. The tree may be moved afterwards: no file of it holds
# the prefix.
include(CMakePackageConfigHelpers)

set(fmag_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/fmag")

get_property(fmag_twins GLOBAL PROPERTY FMAG_TWINS)

set(fmag_adapters "")
foreach(adapter fmag_rcu fmag_rcu_tsan)
  if(TARGET ${adapter})
    list(APPEND fmag_adapters ${adapter})
  endif()
endforeach()

install(TARGETS fmag fmag_static ${fmag_adapters} ${fmag_twins} EXPORT fmagTargets
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/fmag"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
install(EXPORT fmagTargets NAMESPACE fmag:: DESTINATION "${fmag_cmake_dir}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/fmagConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/fmagConfig.cmake"
  INSTALL_DESTINATION "${fmag_cmake_dir}")
# Before 1.0 a new minor version may break its users.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/fmagConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/fmagConfig.cmake"
  "${PROJECT_BINARY_DIR}/fmagConfigVersion.cmake"
  DESTINATION "${fmag_cmake_dir}")

# A distribution may give absolute directories; they stay as they are.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(fmag_pc_prefix "${CMAKE_INSTALL_PREFIX}")
  set(fmag_pc_libdir "${CMAKE_INSTALL_LIBDIR}")
else()
  file(RELATIVE_PATH up "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
  set(fmag_pc_prefix "\${pcfiledir}/${up}")
  set(fmag_pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
endif()
set(fmag_pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(fmag_pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")
endif()
# The adapter's do not bring fmag: they go with its twins as well.
foreach(fmag_pc_name fmag ${fmag_adapters} ${fmag_twins})
  set(fmag_pc_description "${PROJECT_DESCRIPTION}")
  if(fmag_pc_name IN_LIST fmag_adapters)
    set(fmag_pc_description "Grace periods of liburcu's for fmag")
  endif()
  set(fmag_pc_flags "")
  if(NOT fmag_pc_name STREQUAL "fmag")
    get_target_property(options ${fmag_pc_name} INTERFACE_LINK_OPTIONS)
    # Static only: what libfmag.so would have brought along.
    list(APPEND options -pthread)
    list(FILTER options EXCLUDE REGEX "NOTFOUND$")
    list(JOIN options " " fmag_pc_flags)
    string(PREPEND fmag_pc_flags " ")
  endif()
  configure_file("${PROJECT_SOURCE_DIR}/cmake/fmag.pc.in"
    "${PROJECT_BINARY_DIR}/${fmag_pc_name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${fmag_pc_name}.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()
