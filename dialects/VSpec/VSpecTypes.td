#ifndef VSPEC_DIALECTS_VSPEC_VSPECTYPES_TD
#define VSPEC_DIALECTS_VSPEC_VSPECTYPES_TD
include "dialects/VSpec/VSpecAttrs.td"

class VSpec_Type<string name, string keyword> : TypeDef<VSpec_Dialect, name> { let mnemonic = keyword; }

def VSpec_WeightType : VSpec_Type<"Weight", "weight"> {
  let summary = "a constant matrix in a format, or a stack of them";
  let description = [{
    Rows are outputs, columns inputs. The format is a text of the format algebra, always in its canonical form; the layout
    is there once the weight is packed for a device class. `8x172x64` is a stack of 8 matrices, one for each expert: 1376 rows
    of one weight. Each matrix is packed by itself, so that one can be read without its neighbours. `rows16` has a tile for each 16 rows;
    `row_parts` cuts each row into up to 16 parts, which are rows of a tile, so that one row can be read with few neighbours or none.

    ```mlir
    vspec.weight @as_found : !vspec.weight<512x64, "f32"> {source = "token_embd.weight"}
    vspec.weight @quantised : !vspec.weight<512x64, "int4"> {source = "output.weight"}
    vspec.weight @packed : !vspec.weight<512x64, "int4", rows16> {source = "output.weight"}
    vspec.weight @experts : !vspec.weight<8x172x64, "f32"> {source = "blk.0.ffn_up_exps.weight"}
    ```
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns, StringRefParameter<"text of the format algebra">:$format,
      DefaultValuedParameter<"::vspec::Layout", "::vspec::Layout::Unpacked">:$layout, DefaultValuedParameter<"int64_t", "1">:$matrices);
  let assemblyFormat = "`<` custom<Shape>($matrices, $rows, $columns) `,` custom<FormatText>($format) (`,` $layout^)? `>`";
  let skipDefaultBuilders = 1;
  let builders = [TypeBuilder<(ins "int64_t":$rows, "int64_t":$columns, "::llvm::StringRef":$format,
      CArg<"::vspec::Layout", "::vspec::Layout::Unpacked">:$layout, CArg<"int64_t", "1">:$matrices), [{
    return $_get($_ctxt, rows, columns, format, layout, matrices);
  }]>];
  let extraClassDeclaration = [{
    Format getParsedFormat() const;
    /// Rows of one matrix; getRows() are those of all.
    int64_t getMatrixRows() const { return getRows() / getMatrices(); }
    /// The same weight in another format or layout.
    WeightType withFormat(const Format &format) const {
      return get(getContext(), getRows(), getColumns(), format.text(), getLayout(), getMatrices());
    }
    WeightType withLayout(Layout layout) const {
      return get(getContext(), getRows(), getColumns(), getFormat(), layout, getMatrices());
    }
  }];
  let genVerifyDecl = 1;
}

def VSpec_KVCacheType : VSpec_Type<"KVCache", "kv_cache"> {
  let summary = "the keys and values of one attention layer";
  let description = [{
    Import says heads, head size and, if the model has one, the window: how many tokens, itself included, a query may see.
    PlanKV completes the type: the formats of K and V (f32, f16, int8 or int4; the integers have one f16 scale for each group
    of 32, 16, 8 or 4 values, the largest that divides the head size) and the capacity in tokens. A `ring` keeps only the
    last `capacity` tokens.

    ```mlir
    vspec.kv_cache @as_imported : !vspec.kv_cache<heads = 4, head_size = 8>
    vspec.kv_cache @planned : !vspec.kv_cache<heads = 4, head_size = 8, k = "int8", v = "int4", capacity = 2048>
    vspec.kv_cache @sliding : !vspec.kv_cache<heads = 4, head_size = 8, window = 512, k = "f16", v = "f16", capacity = 1024, ring>
    ```
  }];
  let parameters = (ins "int64_t":$heads, "int64_t":$headSize, "int64_t":$window, StringRefParameter<"empty until planned">:$k,
      StringRefParameter<"empty until planned">:$v, "int64_t":$capacity, "bool":$ring);
  let builders = [TypeBuilder<(ins "int64_t":$heads, "int64_t":$headSize, CArg<"int64_t", "0">:$window), [{
    return $_get($_ctxt, heads, headSize, window, "", "", 0, false);
  }]>];
  let extraClassDeclaration = [{
    bool isPlanned() const { return getCapacity() != 0; }
    /// Columns of the keys of one token, and of its values.
    int64_t getWidth() const { return getHeads() * getHeadSize(); }
  }];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def VSpec_RoutesType : VSpec_Type<"Routes", "routes"> {
  let summary = "which experts each row of a step has chosen, and with which weights";
  let parameters = (ins "int64_t":$experts, "int64_t":$chosen);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def VSpec_RecurrentStateType : VSpec_Type<"RecurrentState", "recurrent_state"> {
  let summary = "f32 numbers that a layer keeps for each session, as many whatever the context";
  let description = [{
    The shape is what its user needs: of `vspec.causal_conv1d` the inputs that it looks back on by channels, of `vspec.ssm_scan`
    heads by state size by head size.

    ```mlir
    vspec.recurrent_state @inputs : !vspec.recurrent_state<3x768>
    vspec.recurrent_state @heads : !vspec.recurrent_state<8x128x64>
    ```
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape);
  let assemblyFormat = "`<` custom<StateShape>($shape) `>`";
  let extraClassDeclaration = [{
    int64_t getBytes() const;
  }];
  let genVerifyDecl = 1;
}

def VSpec_RowsType : VSpec_Type<"Rows", "rows"> {
  let summary = "the row table of a step: slot, position and token of each row";
}

#endif
