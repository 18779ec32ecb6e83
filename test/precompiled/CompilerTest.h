// What nearly every unit test of the compiler includes.
#include "UnitTest.h"
#include "cmake/PrecompiledHeader.h"
