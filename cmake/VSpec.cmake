# Flags and helpers for all our own code.

# Bits must not depend on the compiler's taste: no contraction, and no loop vectoriser, which LLVM 22.1.8 miscompiles for
# masked indices (what low-bit code looks like).
add_compile_options(-Wall -Wextra -Wno-unused-parameter -ffp-contract=off $<$<COMPILE_LANG_AND_ID:CXX,Clang>:-fno-vectorize>)
if(VSPEC_SANITIZE)
  add_compile_options(-fsanitize=${VSPEC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${VSPEC_SANITIZE})
endif()

find_package(Threads REQUIRED)

# vspec_library(NAME sources... LINK libraries...)
function(vspec_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
endfunction()

# vspec_unit_test(NAME sources... LINK libraries...): one GoogleTest program for a folder, run by ctest as unit-NAME.
function(vspec_unit_test name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(vspec-${name}-tests ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(vspec-${name}-tests PRIVATE ${ARG_LINK} GTest::gtest_main)
  target_compile_definitions(vspec-${name}-tests PRIVATE VSPEC_TEST_DATA="${PROJECT_SOURCE_DIR}/test/data")
  if("MLIR" IN_LIST ARG_LINK)
    target_precompile_headers(vspec-${name}-tests REUSE_FROM vspec_compiler_test_pch)
  else()
    target_precompile_headers(vspec-${name}-tests REUSE_FROM vspec_unit_test_pch)
  endif()
  add_test(NAME unit-${name} COMMAND vspec-${name}-tests)
endfunction()
