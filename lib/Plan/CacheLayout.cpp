#include "vspec/Plan/CacheLayout.h"

using namespace vspec;

Result<NormalForm> vspec::cacheForm(std::string_view format, int64_t headSize) {
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
  unsigned group = 32;
  while (headSize % group)
    group /= 2;
  form.bits = format == "int8" ? 8 : 4;
  form.bias = 1u << (form.bits - 1);
  form.flush = group;
  form.scale = {{Number::F16, 16, group}};
  return form;
}

Result<CacheLayout> CacheLayout::create(int64_t heads, int64_t headSize, std::string_view keyFormat, std::string_view valueFormat) {
  Result<NormalForm> keys = cacheForm(keyFormat, headSize), values = cacheForm(valueFormat, headSize);
  if (!keys)
    return keys.error();
  if (!values)
    return values.error();
  CacheLayout layout{heads, headSize, *keys, *values, PackedLayout(*keys, headSize).tileBytes(headSize), 0, 0};
  layout.valueTokenBytes = headSize * values->bits / 8;
  if (values->flush)
    layout.valueTokenBytes += headSize / values->flush * 2;
  layout.valueTileBytes = (tokensPerTile * layout.valueTokenBytes + lineBytes - 1) / lineBytes * lineBytes;
  return layout;
}
