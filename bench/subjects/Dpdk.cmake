# SPDX-License-Identifier: BSD-2-Clause
#
# DPDK, for the subjects of its mempool: BENCH_HAVE_DPDK, and bench-dpdk, what
# they link. Statically, as most programs of DPDK do: where it is shared, it
# loads all its drivers at start, some 130. Of it only what a mempool needs;
# of the ring and the stack all, since they announce themselves by constructors.
include(CheckCCompilerFlag)
pkg_check_modules(DPDK libdpdk)
set(BENCH_HAVE_DPDK "${DPDK_FOUND}")
foreach(name librte_mempool_ring.a librte_mempool_stack.a librte_stack.a
    librte_mempool.a librte_ring.a librte_eal.a librte_telemetry.a
    librte_kvargs.a numa bsd)
  find_library(BENCH_DPDK_${name} ${name} HINTS ${DPDK_LIBRARY_DIRS})
  mark_as_advanced(BENCH_DPDK_${name})
  if(NOT BENCH_DPDK_${name})
    set(BENCH_HAVE_DPDK OFF)
  endif()
endforeach()

if(BENCH_HAVE_DPDK)
  add_library(bench-dpdk INTERFACE)
  target_include_directories(bench-dpdk SYSTEM INTERFACE ${DPDK_INCLUDE_DIRS})
  target_compile_options(bench-dpdk INTERFACE ${DPDK_CFLAGS_OTHER})
  # For DPDK's -march=corei7 gcc 12 keeps the count of the cache's frames in a
  # vector register, which makes a pair slower on Zen 5, to no one's gain.
  check_c_compiler_flag(-mno-stv BENCH_HAVE_NO_STV)
  if(BENCH_HAVE_NO_STV)
    target_compile_options(bench-dpdk INTERFACE -mno-stv)
  endif()
  target_link_libraries(bench-dpdk INTERFACE
    "$<LINK_LIBRARY:WHOLE_ARCHIVE,${BENCH_DPDK_librte_mempool_ring.a},${BENCH_DPDK_librte_mempool_stack.a}>"
    "${BENCH_DPDK_librte_stack.a}" "${BENCH_DPDK_librte_mempool.a}"
    "${BENCH_DPDK_librte_ring.a}" "${BENCH_DPDK_librte_eal.a}"
    "${BENCH_DPDK_librte_telemetry.a}" "${BENCH_DPDK_librte_kvargs.a}"
    "${BENCH_DPDK_numa}" "${BENCH_DPDK_bsd}" ${CMAKE_DL_LIBS} m)
endif()
