#include "Tokenizing.h"
#include "CommandLine/InputFiles.h"
#include "ModelFileView/ModelFileView.h"
#include "vspec/Tokenizer/FromCheckpoint.h"

namespace vspec {

Result<Tokenizer> openTokenizer(const std::string &path) {
  auto kind = inputKind(path);
  if (!kind)
    return kind.error();
  if (*kind == InputKind::Other)
    return Error{quotedPath(path) + " is neither a model file, a GGUF file nor a folder"};
  if (*kind == InputKind::ModelFile) {
    auto file = ModelFileView::open(path);
    if (!file)
      return file.error();
    auto section = file->find(file::SectionKind::Tokenizer);
    if (!section)
      return section.error();
    if (section->empty())
      return Error{quotedPath(path) + " has no tokenizer"};
    return Tokenizer::fromBytes(*section);
  }
  auto checkpoint = Checkpoint::open(path);
  if (!checkpoint)
    return checkpoint.error();
  auto model = tokenizerOf(*checkpoint);
  return model ? Tokenizer::fromModel(std::move(*model)) : model.error();
}

Result<std::string> tokenIdLine(const Tokenizer &tokenizer, const std::string &text, bool special) {
  EncodeOptions options;
  options.addSpecial = options.parseSpecial = special;
  auto ids = tokenizer.encode(text, options);
  if (!ids)
    return ids.error();
  std::string line;
  for (int32_t id : *ids)
    line += (line.empty() ? "" : " ") + std::to_string(id);
  return line + "\n";
}

} // namespace vspec
