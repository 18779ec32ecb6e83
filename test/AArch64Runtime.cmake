# vspec-eval and vspec-run for AArch64, to be run under an emulator, where cmake/aarch64-packages.sh has been.
set(VSPEC_AARCH64_SYSROOT ${CMAKE_BINARY_DIR}/aarch64-sysroot CACHE PATH "Libraries for AArch64: the folder given to cmake/aarch64-packages.sh")
find_program(VSPEC_QEMU_AARCH64 qemu-aarch64 DOC "An emulator of AArch64 processors, for the tests that run its code")
find_program(VSPEC_AARCH64_COMPILER aarch64-linux-gnu-g++-12 DOC "The compiler of the runtime for AArch64")
set(VSPEC_AARCH64_BIN "")
if(VSPEC_QEMU_AARCH64 AND VSPEC_AARCH64_COMPILER AND EXISTS ${VSPEC_AARCH64_SYSROOT}/usr/lib/aarch64-linux-gnu/libcrypto.a)
  include(ExternalProject)
  set(VSPEC_AARCH64_BIN ${CMAKE_BINARY_DIR}/aarch64/bin)
  ExternalProject_Add(vspec-aarch64
    PREFIX ${CMAKE_CURRENT_BINARY_DIR}/aarch64
    SOURCE_DIR ${PROJECT_SOURCE_DIR}
    BINARY_DIR ${CMAKE_BINARY_DIR}/aarch64
    CMAKE_ARGS -DCMAKE_TOOLCHAIN_FILE=${PROJECT_SOURCE_DIR}/cmake/aarch64.cmake -DVSPEC_AARCH64_SYSROOT=${VSPEC_AARCH64_SYSROOT}
      -DCMAKE_BUILD_TYPE=Release -DVSPEC_BUILD_COMPILER=OFF -DVSPEC_BUILD_TESTS=OFF
    BUILD_COMMAND ${CMAKE_COMMAND} --build <BINARY_DIR> --target vspec-eval vspec-run
    BUILD_ALWAYS ON
    INSTALL_COMMAND ""
    USES_TERMINAL_BUILD ON)
else()
  message(STATUS "No runtime for AArch64: its code is compiled, but not run (cmake/aarch64-packages.sh ${VSPEC_AARCH64_SYSROOT})")
endif()
