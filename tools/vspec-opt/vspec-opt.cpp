// vspec-opt: reads a module, runs passes on it, writes it. For tests and for looking.
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "passes/Decoders/Decoders.h"
#include "passes/Pipelines/Pipelines.h"
#include "llvm/Support/CommandLine.h"

int main(int argc, char **argv) {
  llvm::cl::SetVersionPrinter([](llvm::raw_ostream &os) { os << "vspec-opt " VSPEC_VERSION "\n"; });
  mlir::DialectRegistry registry;
  vspec::registerDialects(registry);
  vspec::registerPasses();
  vspec::addBuiltInDecoders();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Runs passes on a vspec module\n", registry));
}
