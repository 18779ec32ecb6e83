#ifndef VSPEC_DIALECTS_VEXEC_VEXECOPS_TD
#define VSPEC_DIALECTS_VEXEC_VEXECOPS_TD
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"

def VExec_Dialect : Dialect {
  let name = "vexec";
  let cppNamespace = "::vspec::vexec";
  let summary = "what the runtime will do: launches over planned memory";
  let description = [{
    A program is data. It has a variant for each row capacity; a variant is a list of launches in order; a launch names a
    kernel, a grid and its operands. All memory is planned: an arena of a fixed size, and slices of it at fixed offsets.
    Emit writes it into the model file as it stands.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
}

def VExec_BufferType : TypeDef<VExec_Dialect, "Buffer"> {
  let mnemonic = "buffer";
  let summary = "an address that a kernel gets as an operand";
}

def VExec_GridAttr : AttrDef<VExec_Dialect, "Grid"> {
  let mnemonic = "grid";
  let summary = "how many tiles a launch has";
  let description = [{
    `factor * ceil((constant + rows * R + slots * S + position * P + selected * O) / divisor)`, where R are the rows of the
    step, S its slots, P its largest position and O its selected rows. A term that is left out is zero. If there is a
    `maximum`, `factor` multiplies at most that: so many experts a model has.
    The constant may be negative, but more than -divisor: so there are no tiles up to a number, and all from it on.
  }];
  let parameters = (ins DefaultValuedParameter<"int64_t", "1">:$factor, DefaultValuedParameter<"int64_t", "0">:$constant,
      DefaultValuedParameter<"int64_t", "0">:$rows, DefaultValuedParameter<"int64_t", "0">:$slots,
      DefaultValuedParameter<"int64_t", "0">:$position, DefaultValuedParameter<"int64_t", "0">:$selected,
      DefaultValuedParameter<"int64_t", "1">:$divisor, DefaultValuedParameter<"int64_t", "0">:$maximum);
  let builders = [AttrBuilder<(ins "int64_t":$factor, "int64_t":$constant, "int64_t":$rows, "int64_t":$slots, "int64_t":$position,
      "int64_t":$selected, "int64_t":$divisor), [{
    return $_get($_ctxt, factor, constant, rows, slots, position, selected, divisor, /*maximum=*/0);
  }]>];
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

class VExec_Op<string mnemonic, list<Trait> traits = []> : Op<VExec_Dialect, mnemonic, traits>;

def VExec_KernelOp : VExec_Op<"kernel", [Symbol, SymbolTable, IsolatedFromAbove, SingleBlock, NoTerminator, NoRegionArguments]> {
  let summary = "what one launch computes, in vspec";
  let description = [{
    Holds the weights and states that the kernel uses, as symbols of its own without a source, and one function `@body` of
    the fused region. Launches of equal regions share a kernel. The operands of a launch are the arguments of the function,
    then the symbols in order, then the results of the function.

    ```mlir
    vexec.kernel @embed_0 {
      vspec.weight @w0 : !vspec.weight<32x64, "f32", rows16> {source = ""}
      func.func @body(%rows: !vspec.rows) -> tensor<?x64xf32> {
        %x = vspec.embed @w0, %rows : tensor<?x64xf32>
        return %x : tensor<?x64xf32>
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name);
  let regions = (region SizedRegion<1>:$bodyRegion);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $bodyRegion";
  let hasRegionVerifier = 1;
}

def VExec_ProgramOp : VExec_Op<"program", [Symbol, IsolatedFromAbove, SingleBlock, NoTerminator, NoRegionArguments]> {
  let summary = "the variants of a step";
  let description = [{
    ```mlir
    module {
      vexec.kernel @embed_0 {
        vspec.weight @w0 : !vspec.weight<32x64, "f32", rows16> {source = ""}
        func.func @body(%rows: !vspec.rows) -> tensor<?x64xf32> {
          %x = vspec.embed @w0, %rows : tensor<?x64xf32>
          return %x : tensor<?x64xf32>
        }
      }
      vspec.weight @token_embd : !vspec.weight<32x64, "f32", rows16> {source = "token_embd.weight"}
      vexec.program @step {
        vexec.variant @decode rows 4 arena 1024 {
          %rows = vexec.rows
          %w = vexec.weight_ref @token_embd
          %x = vexec.slice "x" [0, 1024]
          vexec.launch @embed_0 "embed" grid <rows = 1> (%rows, %w) writes (%x)
          vexec.logits %x
        }
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name);
  let regions = (region SizedRegion<1>:$bodyRegion);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $bodyRegion";
}

def VExec_VariantOp : VExec_Op<"variant", [SingleBlock, NoTerminator, NoRegionArguments, HasParent<"ProgramOp">]> {
  let summary = "the launch list for at most so many rows";
  let description = [{See `vexec.program`. The arena is the bytes that the variant's slices lie in.}];
  let arguments = (ins SymbolNameAttr:$sym_name, ConfinedAttr<I64Attr, [IntPositive]>:$row_capacity,
      ConfinedAttr<I64Attr, [IntNonNegative]>:$arena_bytes);
  let regions = (region SizedRegion<1>:$bodyRegion);
  let assemblyFormat = "$sym_name `rows` $row_capacity `arena` $arena_bytes attr-dict-with-keyword $bodyRegion";
  let hasVerifier = 1;
}

def VExec_SliceOp : VExec_Op<"slice"> {
  let summary = "bytes [offset, offset + bytes) of the variant's arena";
  let description = [{See `vexec.program`. Offsets are multiples of 64; two slices that are alive at once do not overlap.}];
  let arguments = (ins StrAttr:$name, ConfinedAttr<I64Attr, [IntNonNegative]>:$offset, ConfinedAttr<I64Attr, [IntPositive]>:$bytes);
  let results = (outs VExec_BufferType:$buffer);
  let assemblyFormat = "$name `[` $offset `,` $bytes `]` attr-dict";
}

def VExec_WeightRefOp : VExec_Op<"weight_ref", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the packed bytes of a weight";
  let description = [{See `vexec.program`.}];
  let arguments = (ins FlatSymbolRefAttr:$weight);
  let results = (outs VExec_BufferType:$buffer);
  let assemblyFormat = "$weight attr-dict";
}

def VExec_StateRefOp : VExec_Op<"state_ref", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the sessions' shares of a state, by slot";
  let description = [{
    ```mlir
    module {
      vspec.kv_cache @cache.0 : !vspec.kv_cache<heads = 4, head_size = 8, k = "f16", v = "f16", capacity = 512>
      vexec.program @step {
        vexec.variant @decode rows 4 arena 0 {
          %c = vexec.state_ref @cache.0
        }
      }
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$state);
  let results = (outs VExec_BufferType:$buffer);
  let assemblyFormat = "$state attr-dict";
}

def VExec_RowsOp : VExec_Op<"rows"> {
  let summary = "the row table of the step";
  let description = [{See `vexec.program`.}];
  let results = (outs VExec_BufferType:$buffer);
  let assemblyFormat = "attr-dict";
}

def VExec_SelectOp : VExec_Op<"select"> {
  let summary = "the rows whose logits are wanted";
  let description = [{
    ```mlir
    vexec.program @step {
      vexec.variant @decode rows 4 arena 0 {
        %s = vexec.select
      }
    }
    ```
  }];
  let results = (outs VExec_BufferType:$buffer);
  let assemblyFormat = "attr-dict";
}

def VExec_LaunchOp : VExec_Op<"launch", [AttrSizedOperandSegments, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs the tiles of a kernel";
  let description = [{
    See `vexec.program`. A launch starts when the one before has ended. Operands are those of the kernel, in its order:
    first what it reads (states are read and written), then what it writes.
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, StrAttr:$name, VExec_GridAttr:$grid, Variadic<VExec_BufferType>:$reads,
      Variadic<VExec_BufferType>:$writes);
  let assemblyFormat = "$kernel $name `grid` $grid `(` $reads `)` `writes` `(` $writes `)` attr-dict";
}

def VExec_LogitsOp : VExec_Op<"logits"> {
  let summary = "where the logits of the selected rows lie when the launches have ended";
  let description = [{See `vexec.program`.}];
  let arguments = (ins VExec_BufferType:$buffer);
  let assemblyFormat = "$buffer attr-dict";
}
#endif
