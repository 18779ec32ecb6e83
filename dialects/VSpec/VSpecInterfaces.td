#ifndef VSPEC_DIALECTS_VSPEC_VSPECINTERFACES_TD
#define VSPEC_DIALECTS_VSPEC_VSPECINTERFACES_TD
include "mlir/IR/OpBase.td"

class VSpec_Role<string name, string description>
    : InterfaceMethod<description, "bool", name, (ins), "", "return false;">;

def VSpec_LaunchRole : OpInterface<"LaunchRole"> {
  let cppNamespace = "::vspec";
  let description = [{
    Which place an operation can take in a launch. A launch is prologues, one or more anchors that share them, and epilogues
    that consume an anchor's tile. An operation may have several roles.
  }];
  let methods = [
    VSpec_Role<"isPrologue", "Prepares the rows that an anchor reads; each worker does it once for itself.">,
    VSpec_Role<"isAnchor", "Decides the grid of the launch.">,
    VSpec_Role<"isEpilogue", "Changes or stores a tile right after its anchor made it.">,
    VSpec_Role<"needsWholeRow", "Of an epilogue: takes whole rows, which linears make tile by tile, so not in their launch.">,
    InterfaceMethod<"Numbers of which each row has its own for all of its columns; no launch of linears both makes and reads them.",
        "::mlir::Value", "rowNumbers", (ins), "", "return {};">,
    VSpec_Role<"isStandalone", "Needs a launch of its own.">,
  ];
}

#endif
