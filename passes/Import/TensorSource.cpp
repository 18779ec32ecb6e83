// Finds tensors and compares their shapes with what a family expects.
#include "passes/Import/TensorSource.h"
#include "vspec/Quant/BlockFormat.h"
#include "vspec/Support/Quote.h"
#include <algorithm>

using namespace vspec;

static std::string shapeText(const std::vector<int64_t> &shape) {
  if (shape.empty())
    return "a single number";
  std::string text;
  for (int64_t extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

TensorSource::TensorSource(const Checkpoint &checkpoint, const TensorNames &names, std::optional<Quantisation> quantisation)
    : checkpoint(&checkpoint), names(&names), quantisation(std::move(quantisation)),
      naming(checkpoint.kind() == Checkpoint::Kind::Gguf ? Naming::GGUF : Naming::HuggingFace) {
  if (naming == Naming::GGUF)
    return;
  for (std::string_view known : {"language_model.model.", "model.language_model."})
    if (checkpoint.find(std::string(known) + "embed_tokens.weight"))
      textModel = known;
  // What was saved without a head has names without "model." or "transformer.".
  auto isInside = [start = names.start()](const Tensor &tensor) { return tensor.name.compare(0, start.size(), start) == 0; };
  hasNoStart = textModel.empty() && std::none_of(checkpoint.tensors().begin(), checkpoint.tensors().end(), isInside);
}

std::string TensorSource::theirName(std::string_view name) const {
  std::string theirs = tensorName(naming, *names, name);
  std::string_view start = names->start();
  bool isElsewhere = (hasNoStart || !textModel.empty()) && theirs.compare(0, start.size(), start) == 0;
  return isElsewhere ? textModel + theirs.substr(start.size()) : theirs;
}

bool TensorSource::has(std::string_view name) const { return checkpoint && checkpoint->find(theirName(name)); }

void TensorSource::ignore(std::string_view name) {
  if (checkpoint)
    taken.insert(theirName(name));
}

void TensorSource::ignoreLayer(int64_t layer) {
  std::string start = "blk." + std::to_string(layer) + ".";
  for (const Tensor &tensor : checkpoint->tensors())
    if (tensor.name.compare(0, start.size(), start) == 0)
      taken.insert(tensor.name);
}

// A quantised folder whose config.json has lost what says so.
Error TensorSource::withCodes(std::string_view name, Error missing) const {
  std::string module = theirName(name);
  module.resize(module.rfind('.'));
  for (const char *suffix : {".qweight", ".weight_packed"})
    if (!quantisation && checkpoint->find(module + suffix))
      missing.message += ", but " + quote(module + suffix) + ": config.json has no quantization_config, which would tell what it means";
  return missing;
}

Result<const Tensor *> TensorSource::find(std::string_view name, const std::vector<int64_t> &shape) {
  Result<const Tensor *> tensor = checkpoint->tensor(theirName(name));
  if (!tensor)
    return withCodes(name, tensor.error());
  taken.insert((*tensor)->name);
  if ((*tensor)->shape != shape)
    return Error{checkpoint->path() + ": tensor " + quote((*tensor)->name) + " is " + shapeText((*tensor)->shape) + ", expected " +
                 shapeText(shape)};
  return tensor;
}

Result<void> TensorSource::checkFloat(const Tensor &tensor) const {
  if (tensor.encoding == Encoding::F32 || tensor.encoding == Encoding::F16 || tensor.encoding == Encoding::BF16)
    return {};
  return Error{checkpoint->path() + ": tensor " + quote(tensor.name) + " is stored as " + encodingName(tensor.encoding) +
               ", expected f32, f16 or bf16"};
}

Result<std::optional<TensorSource::Taken>> TensorSource::takeQuantised(std::string_view name, int64_t rows, int64_t columns) {
  constexpr std::string_view ending = ".weight"; // some stacks have none
  std::string module = theirName(name);
  if (module.size() > ending.size() && module.compare(module.size() - ending.size(), ending.size(), ending) == 0)
    module.resize(module.size() - ending.size());
  Result<std::optional<QuantisedMatrix>> matrix = quantisation->matrix(*checkpoint, module, rows, columns);
  if (!matrix)
    return matrix.error();
  if (!*matrix)
    return std::optional<Taken>();
  for (const Tensor *part : (*matrix)->parts)
    taken.insert(part->name);
  Taken result{quantisation->method() + (":" + module + "@" + std::to_string(rows)), (*matrix)->format.text(), ""};
  if (!(*matrix)->order.empty())
    result.order = orders.try_emplace(std::move((*matrix)->order), "order:" + result.source).first->second;
  return std::optional<Taken>(std::move(result));
}

Result<TensorSource::Taken> TensorSource::takeMatrix(std::string_view name, int64_t rows, int64_t columns) {
  if (quantisation) {
    Result<std::optional<Taken>> quantised = takeQuantised(name, rows, columns);
    if (!quantised)
      return quantised.error();
    if (*quantised)
      return **quantised;
  }
  // llama.cpp's converter drops the one row of a matrix.
  if (rows == 1 && has(name) && checkpoint->find(theirName(name))->shape.size() == 1)
    return takeTensor(name, {columns});
  // And it stacks matrices that are taken apart here.
  if (isGguf() && has(name))
    if (const std::vector<int64_t> &shape = checkpoint->find(theirName(name))->shape;
        shape.size() == 3 && shape[0] > 0 && rows % shape[0] == 0 && shape[1] == rows / shape[0])
      return takeTensor(name, {shape[0], shape[1], columns});
  return takeTensor(name, {rows, columns});
}

Result<TensorSource::Taken> TensorSource::takeTensor(std::string_view name, const std::vector<int64_t> &shape) {
  if (!checkpoint)
    return Taken{"random:" + std::to_string(seed) + ":" + std::string(name), format};
  Result<const Tensor *> tensor = find(name, shape);
  if (!tensor)
    return tensor.error();
  Result<Format> stored = blockFormat(encodingName((*tensor)->encoding));
  if (!stored)
    return Error{checkpoint->path() + ": tensor " + quote((*tensor)->name) + " is stored as " + encodingName((*tensor)->encoding) +
                 ", expected f32, f16 or bf16" +
                 (quantisation || naming == Naming::GGUF ? "" : ", or a config.json whose quantization_config says what these numbers mean")};
  return Taken{(*tensor)->name, stored->text()};
}

Result<TensorSource::Taken> TensorSource::takeTransposed(std::string_view name, int64_t rows, int64_t columns) {
  return checkpoint ? takePlain(name, {columns, rows}) : takeMatrix(name, rows, columns);
}

Result<TensorSource::Taken> TensorSource::takePlain(std::string_view name, const std::vector<int64_t> &shape) {
  Result<const Tensor *> tensor = find(name, shape);
  if (!tensor)
    return tensor.error();
  if (Result<void> isFloat = checkFloat(**tensor); !isFloat)
    return isFloat.error();
  return Taken{(*tensor)->name, blockFormat(encodingName((*tensor)->encoding))->text()};
}

Result<TensorSource::Taken> TensorSource::takeStack(std::string_view name, int64_t matrices, int64_t rows, int64_t columns,
                                                    bool isTransposed) {
  bool isApart = naming == Naming::GGUF && has(std::string(name) + ".0"); // as GGUF files of 2023 have them
  bool isOne = !checkpoint || (naming == Naming::GGUF ? !isApart : isOwn(*names, name));
  if (isOne && quantisation) {
    Result<std::optional<Taken>> quantised = takeQuantised(name, matrices * rows, columns);
    if (!quantised)
      return quantised.error();
    if (*quantised)
      return **quantised;
  }
  if (isOne)
    return checkpoint && isTransposed ? takePlain(name, {matrices, columns, rows}) : takeTensor(name, {matrices, rows, columns});
  Taken all;
  for (int64_t i = 0; i < matrices; ++i) {
    Result<Taken> one = takeMatrix(std::string(name) + "." + std::to_string(i), rows, columns);
    if (!one)
      return one;
    if (!one->order.empty())
      return Error{checkpoint->path() + ": " + quote(one->source) + " has its columns out of order (act-order), which experts cannot take"};
    if (i == 0)
      all = *one;
    else if (one->format != all.format)
      return Error{checkpoint->path() + ": tensor " + quote(one->source) + " is stored as " + one->format + ", but " + quote(all.source) +
                   " as " + all.format + ", expected the same for all experts"};
    else
      all.below.push_back(one->source);
  }
  return all;
}

Result<TensorSource::Taken> TensorSource::takeFloats(std::string_view name, const std::vector<int64_t> &shape) {
  if (!checkpoint)
    return Taken{"random:" + std::to_string(seed) + ":" + std::string(name), "f32"};
  Result<const Tensor *> tensor = find(name, shape);
  if (!tensor)
    return tensor.error();
  if (Result<void> isFloat = checkFloat(**tensor); !isFloat)
    return isFloat.error();
  return Taken{(*tensor)->name, "f32"};
}

Result<TensorSource::Taken> TensorSource::takeParts(std::string_view name, int64_t parts, int64_t columns) {
  if (!checkpoint)
    return takeVector(name, parts * columns);
  Taken all;
  const Tensor *first = nullptr;
  for (int64_t i = 0; i < parts; ++i) {
    Result<Taken> one = takeVector(std::string(name) + "." + std::to_string(i), columns);
    if (!one)
      return one;
    const Tensor *tensor = checkpoint->find(one->source);
    if (!first)
      all = *one, first = tensor;
    else if (tensor->encoding != first->encoding)
      return Error{checkpoint->path() + ": tensor " + quote(tensor->name) + " is stored as " + encodingName(tensor->encoding) + ", but " +
                   quote(first->name) + " as " + encodingName(first->encoding) + ", expected the same for all heads"};
    else
      all.below.push_back(one->source);
  }
  return all;
}

Result<TensorSource::Taken> TensorSource::takeNumber(std::string_view name) { return takeVector(name, 1); }

// Some quantised checkpoints give every matrix a bias, of zeros where the model has none.
bool TensorSource::isIdle(const Tensor &tensor) const {
  if (isDerived(naming, *names, tensor.name) || isOfOtherPart(tensor))
    return true;
  if (!quantisation)
    return false;
  std::string_view name = tensor.name;
  bool isBias = name.size() > 5 && name.substr(name.size() - 5) == ".bias";
  return quantisation->isAside(name) ||
         (isBias && std::all_of(tensor.data, tensor.data + tensor.bytes, [](uint8_t byte) { return byte == 0; }));
}

static constexpr std::string_view otherParts[] = {
    "vision_tower.",       "multi_modal_projector.", "model.vision_tower.", "model.multi_modal_projector.",
    "model.embed_vision.", "model.audio_tower.",     "model.embed_audio."};

bool TensorSource::isOfOtherPart(const Tensor &tensor) const {
  return !textModel.empty() && std::any_of(std::begin(otherParts), std::end(otherParts),
                                           [&](std::string_view part) { return tensor.name.compare(0, part.size(), part) == 0; });
}

std::string TensorSource::leftOut() const {
  int64_t count = 0;
  bool hears = false;
  if (checkpoint)
    for (const Tensor &tensor : checkpoint->tensors()) {
      count += isOfOtherPart(tensor);
      hears |= isOfOtherPart(tensor) && tensor.name.find("audio") != std::string::npos;
    }
  if (!count)
    return "";
  return std::to_string(count) +
         (hears ? " tensors of the vision and audio towers and their projectors" : " tensors of the vision tower and its projector");
}

Result<void> TensorSource::finish() const {
  if (!checkpoint)
    return {};
  for (const Tensor &tensor : checkpoint->tensors())
    if (!taken.count(tensor.name) && !isIdle(tensor))
      return Error{checkpoint->path() + ": tensor " + quote(tensor.name) + " (" + shapeText(tensor.shape) +
                   ") has no place in this model, so it would not compute what it was trained for"};
  return {};
}
