#include "passes/Decoders/Decoders.h"
#include "passes/Decoders/MLIRDecoder.h"
#include "vspec/Checkpoint/Encoding.h"
#include "vspec/Support/MappedFile.h"

using namespace vspec;

namespace {
struct BuiltIn {
  const char *name, *text;
};
} // namespace

static const BuiltIn builtIns[] = {
#include "passes/Decoders/BuiltIn.inc"
};

void vspec::addBuiltInDecoders() {
  for (const BuiltIn &each : builtIns)
    (void)addDecoder(each.name, [each]() -> std::unique_ptr<const Decoder> {
      Result<std::unique_ptr<const MLIRDecoder>> decoder = MLIRDecoder::parse(each.text, each.name);
      assert(decoder && "a decoder of our own is refused");
      return std::move(*decoder);
    });
}

Result<void> vspec::loadDecoder(const std::string &path) {
  constexpr uint64_t mostBytes = 1 << 20;
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.error();
  if (file->size() > mostBytes)
    return Error{path + ": has " + std::to_string(file->size()) + " bytes, expected a decoder of at most " + std::to_string(mostBytes)};
  Result<std::unique_ptr<const MLIRDecoder>> decoder = MLIRDecoder::parse(file->view(), path);
  if (!decoder)
    return decoder.error();
  const MLIRDecoder &made = **decoder;
  if (made.ggmlType)
    if (Result<void> added = addGgmlEncoding(*made.ggmlType, made.name, made.columns, made.bytes); !added)
      return Error{path + ": " + added.error().message};
  auto shared = std::make_shared<std::unique_ptr<const MLIRDecoder>>(std::move(*decoder));
  Result<void> added = addDecoder(made.name, [shared] { return std::move(*shared); });
  return added ? added : Result<void>(Error{path + ": " + added.error().message});
}
