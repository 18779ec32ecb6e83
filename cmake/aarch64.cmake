# Toolchain: lib, runtime and the tools that need no LLVM for AArch64, made on another Debian machine. The programs are static,
# so qemu-aarch64 runs them as they are. VSPEC_AARCH64_SYSROOT is the folder that cmake/aarch64-packages.sh filled.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc-12)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++-12)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES VSPEC_AARCH64_SYSROOT)

set(include ${VSPEC_AARCH64_SYSROOT}/usr/include)
set(CMAKE_CXX_FLAGS_INIT "-isystem ${include}/aarch64-linux-gnu -isystem ${include}")
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
# Libraries are those of AArch64; programs, and packages of headers alone, are this machine's.
set(CMAKE_FIND_ROOT_PATH ${VSPEC_AARCH64_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${VSPEC_AARCH64_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${VSPEC_AARCH64_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig)
