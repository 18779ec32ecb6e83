#include "LogitsDump.h"
#include "vspec/Support/NpyWriter.h"

namespace vspec {

Result<void> dumpLogits(LogitsSource &model, const std::vector<int32_t> &tokens, const std::string &path, const ChunkProgress &progress) {
  auto writer = NpyWriter::create(path, model.vocabulary());
  if (!writer)
    return writer.error();
  auto fed = model.feed(tokens.data(), tokens.size(), [&](uint32_t count, const float *logits) -> Result<void> {
    for (uint32_t i = 0; i < count; ++i)
      if (auto written = writer->append(logits + uint64_t(i) * model.vocabulary()); !written)
        return written;
    progress(writer->rows(), tokens.size());
    return {};
  });
  return fed ? writer->commit() : fed;
}

} // namespace vspec
