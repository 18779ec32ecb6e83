#include "vspec/Plan/CacheLayout.h"

using namespace vspec;

// A token's row without levels.
static Result<NormalForm> plainForm(std::string_view format, int64_t headSize) {
  NormalForm form;
  if (format == "f32" || format == "f16") {
    form.element = format == "f32" ? ElementKind::F32 : ElementKind::F16;
    form.bits = format == "f32" ? 32 : 16;
    return form;
  }
  if (format != "int8" && format != "int4")
    return Error{"cache format is '" + std::string(format) + "', expected f32, f16, int8 or int4"};
  if (headSize % 4)
    return Error{"cache format " + std::string(format) + " needs a head size that is a multiple of 4, but it is " + std::to_string(headSize)};
  form.bits = format == "int8" ? 8 : 4;
  form.bias = 1u << (form.bits - 1);
  return form;
}

static void addScales(NormalForm &form, unsigned group) {
  if (form.isFloat())
    return;
  form.flush = group;
  form.scale = {{Number::F16, 16, group}};
}

Result<NormalForm> vspec::keyCacheForm(std::string_view format, int64_t headSize) {
  Result<NormalForm> form = plainForm(format, headSize);
  if (!form)
    return form.error();
  unsigned group = 32;
  while (headSize % group)
    group /= 2;
  addScales(*form, group);
  return form;
}

Result<NormalForm> vspec::valueCacheForm(std::string_view format, int64_t headSize) {
  Result<NormalForm> form = plainForm(format, headSize);
  if (!form)
    return form.error();
  // The 16 columns of a register share their row of activations, so no group is shorter.
  addScales(*form, headSize % 32 ? 16 : 32);
  return form;
}

Result<CacheLayout> CacheLayout::create(int64_t heads, int64_t headSize, std::string_view keyFormat, std::string_view valueFormat) {
  Result<NormalForm> keys = keyCacheForm(keyFormat, headSize), values = valueCacheForm(valueFormat, headSize);
  if (!keys)
    return keys.error();
  if (!values)
    return values.error();
  CacheLayout layout{heads, headSize, *keys, *values, *plainForm(valueFormat, headSize), PackedLayout(*keys, headSize).tileBytes(headSize),
                     0,     0,        0};
  if (values->isFloat()) {
    layout.valueTileBytes = (tokensPerTile * headSize * values->bits / 8 + lineBytes - 1) / lineBytes * lineBytes;
    return layout;
  }
  layout.valueGroups = (headSize + values->flush - 1) / values->flush;
  layout.columnTileBytes = PackedLayout(layout.valueCodes, tokensPerTile).tileBytes(tokensPerTile);
  layout.valueTileBytes = layout.valueScaleBytes() + layout.columnTiles() * layout.columnTileBytes;
  return layout;
}
