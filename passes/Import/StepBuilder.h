// Builds the module of a decoder: what the families have in common. A family is a straight line of calls; what the source
// lacks, or has in another shape, is remembered and told at the end.
#ifndef VSPEC_PASSES_IMPORT_STEPBUILDER_H
#define VSPEC_PASSES_IMPORT_STEPBUILDER_H
#include "dialects/VSpec/VSpec.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/Import/DecoderConfig.h"
#include "passes/Import/TensorSource.h"
#include "llvm/ADT/StringSet.h"
#include <map>

namespace vspec {

/// Several matrices that lie in one tensor: of every `every` rows of that, this one has `count` from `first` on.
struct RowsOfTensor {
  std::string tensor; // our name; empty: the matrix has a tensor of its own
  int64_t count = 0, first = 0, every = 0;
};

/// What a matrix brings along, and what may be odd about how a checkpoint stores it.
struct LinearOptions {
  bool bias = false;         // add the tensor NAME.bias
  int64_t permutedHeads = 0; // its rows are so many heads of GGUF's pairs; 0: as they should be
  bool transposed = false;   // stored as columns x rows
  bool headsApart = false;   // of a gain: each head's is a tensor of its own, NAME.0 and so on
  RowsOfTensor part = {};
};

/// How a family's experts differ from plain ones, and how its checkpoints store them.
struct ExpertOptions {
  bool normalized = true;   // the weights of those chosen sum to 1, unless the config tells otherwise
  bool weighsShared = true; // what the shared expert adds
  LinearOptions router = {}, gate = {}, up = {}, down = {}, sharedGate = {}, sharedUp = {};
};

class StepBuilder {
public:
  StepBuilder(mlir::MLIRContext &context, const DecoderConfig &config, TensorSource &source, llvm::StringRef family);

  const DecoderConfig &config;

  /// Names given to the calls below are of this layer from now on: "attn_q" is blk.<layer>.attn_q.
  void enterLayer(int64_t layer) { currentLayer = layer; }
  void leaveLayers() { currentLayer = -1; }

  bool isGguf() const { return source.isGguf(); }
  bool has(llvm::StringRef name) const { return source.has(name.str()); }

  /// The rows of the embedding; of a model with learned positions, those are added. [rows, hidden]
  mlir::Value embed();
  /// rms_norm with the gain `name`; each of `heads` parts by itself unless it is 0.
  mlir::Value norm(mlir::Value x, llvm::StringRef name, int64_t heads = 0);
  /// layer_norm with the gain `name`, and with NAME.bias if `options` want one; each of `heads` parts by itself unless it is 0.
  mlir::Value layerNorm(mlir::Value x, llvm::StringRef name, const LinearOptions &options = {}, int64_t heads = 0);
  /// The same of each of `groups` parts by itself, with a gain as long as x.
  mlir::Value normGroups(mlir::Value x, llvm::StringRef name, int64_t groups);
  /// rms_norm of each of `heads` parts with one gain as long as a part, which is stored as it is in all files.
  mlir::Value normHeads(mlir::Value x, llvm::StringRef name, int64_t heads);
  /// x times the matrix `name` of so many rows.
  mlir::Value linear(mlir::Value x, llvm::StringRef name, int64_t rows, LinearOptions options = {});
  /// Turns q and k, appends k and v to this layer's cache, attends. [rows, heads * head size]
  /// Layers without RoPE do not turn. Without k and v it reads the cache of an earlier layer.
  mlir::Value attend(mlir::Value q, mlir::Value k, mlir::Value v);
  mlir::Value gate(mlir::Value gate, mlir::Value up, llvm::StringRef role = "ffn_act");
  /// x / (1 + e^-gate).
  mlir::Value gateBySigmoid(mlir::Value gate, mlir::Value x);
  mlir::Value activate(mlir::Value x);
  /// The feed-forward of this layer: gated, or experts if it has them.
  mlir::Value feedForward(mlir::Value x, const LinearOptions &options = {}, const ExpertOptions &ofExperts = {});
  /// This layer's short convolution over the columns of all inputs. [rows, mixed width]
  mlir::Value convolve(mlir::ValueRange inputs);
  /// This layer's recurrence over the convolution's output. [rows, inner width]
  mlir::Value scan(mlir::Value mixed, mlir::Value dt);
  /// This layer's gated delta rule over the convolution's output. [rows, inner width]
  mlir::Value remember(mlir::Value mixed, mlir::Value dt, mlir::Value beta);
  // StreamBuilder.cpp has these.
  /// The rows of another embedding; tokens that it does not have take its first row. [rows, columns]
  mlir::Value embed(llvm::StringRef name, int64_t rows, int64_t columns, float scale);
  mlir::Value normWithoutGain(mlir::Value x, llvm::StringRef role, int64_t heads);
  mlir::Value scale(mlir::Value x, float factor, llvm::StringRef role);
  mlir::Value softCap(mlir::Value x, float cap, llvm::StringRef role);
  /// x times the vector `name`, column by column.
  mlir::Value scaleColumns(mlir::Value x, llvm::StringRef name);
  /// The inputs times their factors, to which `weights` add the numbers of each row from column `first` on.
  mlir::Value weightedSum(mlir::ValueRange inputs, llvm::ArrayRef<float> factors, llvm::StringRef role, mlir::Value weights = {},
                          int64_t first = 0);
  mlir::Value takePart(mlir::Value x, int64_t part, int64_t parts, llvm::StringRef role);
  /// How far numbers lie above so many deviations over the mean of their row; else 0.
  mlir::Value excess(mlir::Value x, float deviations, llvm::StringRef role);
  mlir::Value matchMagnitude(mlir::Value x, mlir::Value like, llvm::StringRef role);
  /// Tensors of this layer that some files have, and the model does not read.
  void ignoreUnused(llvm::ArrayRef<llvm::StringRef> names);
  /// x + y, the residual stream and what goes into it.
  mlir::Value add(mlir::Value x, mlir::Value y, llvm::StringRef role);
  /// Leaves the layers with the rows whose logits are wanted.
  mlir::Value select(mlir::Value x);
  /// Multiplies by the output matrix, or by the embedding if the model is tied; ends the step.
  void output(mlir::Value normed, const LinearOptions &options = {});
  /// Both with an rms_norm between them.
  void logits(mlir::Value x) { output(norm(select(x), "output_norm")); }

  /// The module, or what is wrong with the source.
  Result<mlir::OwningOpRef<mlir::ModuleOp>> finish();

private:
  std::string fullName(llvm::StringRef name) const;
  mlir::Location at(llvm::StringRef name);
  mlir::RankedTensorType activations(int64_t columns);
  int64_t columnsOf(mlir::Value x);
  /// Adds the symbol once and checks it against the source.
  mlir::FlatSymbolRefAttr weight(const std::string &name, int64_t rows, int64_t columns, const LinearOptions &options);
  /// A gain or bias, changed by the transforms once it is as the options say. `heads`: it is stored as so many rows; 0: as one.
  mlir::FlatSymbolRefAttr vector(const std::string &name, int64_t columns, const LinearOptions &options = {},
                                 llvm::SmallVector<mlir::Attribute> transforms = {}, int64_t heads = 0);
  /// The tensor that holds `name`, with `extent` of its rows (of a vector: columns), and what makes it of that.
  std::string tensorOf(const std::string &name, const LinearOptions &options, int64_t &extent,
                       llvm::SmallVectorImpl<mlir::Attribute> &transforms) const;
  StackAttr stackOf(llvm::ArrayRef<std::string> tensors);
  mlir::FloatAttr constant(float value, float unless);
  /// x with its columns as the matrix of that name has them, once for each order.
  mlir::Value permuted(mlir::Value x, const std::string &name);
  /// A vector or small matrix in f32, of a tensor of that shape.
  mlir::FlatSymbolRefAttr floats(const std::string &name, int64_t rows, int64_t columns, const std::vector<int64_t> &shape,
                                 llvm::ArrayRef<mlir::Attribute> transforms = {});
  /// How fast each head forgets, of a tensor of that shape.
  mlir::FlatSymbolRefAttr decays(const std::vector<int64_t> &shape);
  mlir::FlatSymbolRefAttr state(const std::string &name, llvm::ArrayRef<int64_t> shape);
  void addSymbol(const std::string &name, WeightType type, const std::string &tensor, llvm::ArrayRef<mlir::Attribute> transforms);
  mlir::Value turn(mlir::Value x, int64_t heads, llvm::StringRef name);
  mlir::Value experts(mlir::Value x, const ExpertOptions &options);
  mlir::Value sharedExpert(mlir::Value x, const ExpertOptions &options);
  /// x, or its parts, times the chosen matrices of `rows` rows.
  mlir::Value expertLinear(mlir::Value x, mlir::Value routes, llvm::StringRef name, int64_t rows, const LinearOptions &options);
  /// As `weight` and `vector`, of so many matrices.
  mlir::FlatSymbolRefAttr stack(const std::string &name, int64_t matrices, int64_t rows, int64_t columns, const LinearOptions &options);
  mlir::FlatSymbolRefAttr stackOfVectors(const std::string &name, int64_t count, int64_t columns, const LinearOptions &options);
  mlir::Value gated(mlir::Value x, llvm::StringRef suffix, int64_t width, const LinearOptions &gateOptions, const LinearOptions &upOptions,
                    const LinearOptions &downOptions);
  void remember(const Error &error);

  TensorSource &source;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  llvm::StringSet<> weights; // that are there: a look at the module would be linear in the layers
  mlir::OpBuilder symbols, body;
  mlir::func::FuncOp step;
  std::vector<float> frequencies, windowFrequencies; // the latter of layers with a window
  std::map<std::string, std::string> orders;                               // of matrices: the source of the order of their columns
  std::map<std::pair<mlir::Operation *, std::string>, mlir::Value> sorted; // what made a value, and an order: the value in it
  int64_t currentLayer = -1;
  std::optional<Error> problem;
};

} // namespace vspec
#endif
