#include "passes/Lower/OptimiseModule.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/PassInstrumentation.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"

using namespace llvm;

TargetLibraryInfoImpl vspec::noLibrary(const Triple &triple) {
  TargetLibraryInfoImpl library(triple);
  library.disableAllFunctions();
  return library;
}

void vspec::optimiseModule(Module &module, TargetMachine &machine) {
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  TargetLibraryInfoImpl library = noLibrary(machine.getTargetTriple());
  functions.registerPass([&] { return TargetLibraryAnalysis(library); });
  PipelineTuningOptions tuning;
  tuning.LoopVectorization = tuning.LoopInterleaving = false; // LLVM 22.1.8 miscompiles masked indices
  // It compares every load of a loop with every store, which takes a quarter of the time for a long kernel, and finds nothing.
  PassInstrumentationCallbacks callbacks;
  callbacks.registerShouldRunOptionalPassCallback([](StringRef pass, Any) { return pass != "LoopLoadEliminationPass"; });
  PassBuilder builder(&machine, tuning, std::nullopt, &callbacks);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O3).run(module, modules);
}
