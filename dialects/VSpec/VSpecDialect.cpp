// Registers what the other files of this folder define.
#include "dialects/VSpec/VSpec.h"

using namespace mlir;
using namespace vspec;

#include "dialects/VSpec/VSpecDialect.cpp.inc"
#include "dialects/VSpec/VSpecInterfaces.cpp.inc"

void VSpecDialect::initialize() {
  registerAttributesAndTypes();
  addOperations<
#define GET_OP_LIST
#include "dialects/VSpec/VSpecOps.cpp.inc"
      >();
}
