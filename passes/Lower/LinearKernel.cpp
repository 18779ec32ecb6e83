// The kernel of a launch with linears. Prologue: norms and quantises rows into the panel. Tile: the dot products
// of one tile of a segment with all rows, then its epilogue, row by row.
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/ActivationPanel.h"
#include "passes/Lower/Epilogue.h"
#include "passes/Lower/RouteKernel.h"
#include "passes/PlanMemory/LaunchTiles.h"
#include "vspec/Quant/Format.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

namespace {
class LinearKernel {
public:
  LinearKernel(OpBuilder &b, vexec::KernelOp kernel, const KernelTarget &target, LinearLaunch launch)
      : b(b), kernel(kernel), body(*kernel.getBodyRegion().getOps<func::FuncOp>().begin()), target(target), launch(std::move(launch)),
        epilogue(kernel) {}

  FailureOr<KernelFunctions> build();

private:
  LogicalResult readForms();
  void planMemory();
  void enter(KernelWriter &w, func::FuncOp function);
  void writePrologue(func::FuncOp function);
  void writeRow(KernelWriter &w, const RowGroup &group, Value row);
  void writeTile(func::FuncOp function);
  void writeExperts(KernelWriter &w);
  void writeSegments(KernelWriter &w, Value begin, Value end);
  void writeTiles(KernelWriter &w, const Segment &segment, Value begin, Value end);
  void writeSums(KernelWriter &w, const Segment &segment, LinearOp linear, Value first, Value last);
  void writePasses(KernelWriter &w, LinearOp linear, WeightTile &weight, Value part, Value output, int64_t unit, int64_t together);
  void writeEpilogue(KernelWriter &w, const Segment &segment, Value tile, Value firstOutput);
  /// The rows of a chosen expert: with routes the panel has one for each choice, those of an expert one behind the other.
  RowGroup choicesOf(KernelWriter &w, Value slot) {
    return {routes->integer(w, RouteTable::First, slot), routes->integer(w, RouteTable::Count, slot)};
  }
  Value rowCount(KernelWriter &w) { return launch.select ? stepSelected(w, arguments) : stepRows(w, arguments); }
  /// Rows of the largest pass; what is left of the rows takes passes of half as many, and so on.
  int64_t passRows(bool integers) const { return llvm::bit_floor(uint64_t(integers ? target.integerRows : target.floatRows)); }
  int64_t rowCapacity() const { return target.rowCapacity * launch.chosen; }
  /// Rows of sums that may wait for their epilogues.
  int64_t waitingRows(const Segment &segment) const { return std::max<int64_t>(1, waitingBytes / 4 / segment.unit); }
  int64_t sumRows(const Segment &segment) const { return std::max(rowCapacity(), waitingRows(segment)); }
  int64_t lanesOf(const Segment &segment) const { return std::gcd(std::gcd(segment.width, segment.unit), int64_t(16)); }
  std::optional<FoldedCodes> foldedCodes(const NormalForm &form) const {
    return target.foldsScales ? form.foldedCodes(unsigned(block)) : std::nullopt;
  }
  /// Whether passes over many rows read codes that were unpacked once for all of them. Where a pass is of many rows, codes that lie whole
  /// in a byte are unpacked beside the products for nothing; where it is of few, a table is looked up sooner than its values are read.
  bool unpacksOnce(LinearOp linear) const {
    const NormalForm &form = formOf(linear);
    if (!launch.isQuantized(linear) || passRows(true) < 2 || rowCapacity() < unpackingRows || !form.tableLow.empty())
      return false;
    bool hasTable = !form.table.empty(), isWhole = 8 % form.bits == 0;
    return form.decoder || (passRows(true) < 8 ? form.bits < 8 && !hasTable : !isWhole || hasTable || foldedCodes(form));
  }
  const NormalForm &formOf(LinearOp linear) const { return forms.find(linear.getWeightAttr())->second; }

  static constexpr int64_t unpackingRows = 32;  // from so many on it is worth it
  static constexpr int64_t waitingBytes = 4096; // of a linear's sums
  // From so many rows on a pass reads so slowly that the hardware does not prefetch far enough. In narrower ones prefetches take the
  // places of misses: a core can have too few of them to read at its full rate.
  static constexpr int64_t prefetchingRows = 8, prefetchDistance = 8192; // bytes

  OpBuilder &b;
  vexec::KernelOp kernel;
  func::FuncOp body;
  KernelTarget target;
  LinearLaunch launch;
  int64_t columns = 0, block = 64;
  DenseMap<Attribute, NormalForm> forms; // by weight
  std::unique_ptr<ActivationPanel> panel;
  ScratchPlan scratchPlan, panelPlan;
  DenseMap<Operation *, int64_t> outputs; // of linears: scratch, f32 [tiles that wait][rows][unit]
  Epilogue epilogue;
  int64_t unpackedCodes = 0;    // scratch, of one tile
  int64_t permuteTemporary = 0; // scratch, f32 [columns]
  // Of the function being written:
  Value arguments, scratch, panelMemory;
  std::unique_ptr<RouteParts> routes;
  Value expert;
  RowGroup rows; // in the panel, of the tile
  std::unique_ptr<KernelOperands> operands;
  Value begin, end; // rows of the step, or tiles
};

FailureOr<KernelFunctions> LinearKernel::build() {
  if (failed(readForms()) || failed(epilogue.verify()))
    return failure();
  planMemory();
  KernelFunctions functions;
  std::string name = kernel.getSymName().str();
  functions.prologue = createKernelFunction(b, kernel.getLoc(), name + ".prologue");
  functions.tile = createKernelFunction(b, kernel.getLoc(), name + ".tile");
  writePrologue(functions.prologue);
  writeTile(functions.tile);
  functions.scratchBytes = scratchPlan.total;
  functions.panelBytes = panelPlan.total;
  return functions;
}

LogicalResult LinearKernel::readForms() {
  columns = cast<RankedTensorType>(launch.source.getType()).getDimSize(1) / launch.parts;
  for (const Segment &segment : launch.segments)
    for (LinearOp linear : segment.linears) {
      auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(linear, linear.getWeightAttr());
      Result<NormalForm> form = normalForm(weight.getWeightType().getParsedFormat(), columns);
      if (!form)
        return linear.emitOpError("has a weight without a kernel: ") << form.error().message;
      forms[linear.getWeightAttr()] = *form;
      if (auto quantize = linear.getInput().getDefiningOp<QuantizeOp>()) {
        block = quantize.getBlock();
        if (!form->hasIntegerForm())
          return linear.emitOpError("reads int8 activations, but its weight has no integer form: ") << weight.getWeightType().getFormat();
      }
    }
  bool hasRuns =
      llvm::all_of(forms, [&](auto &entry) { return PackedLayout(entry.second, columns).blockK % ActivationRows::codeRun == 0; });
  panel = std::make_unique<ActivationPanel>(columns, block, hasRuns && passRows(true) > 2 ? passRows(true) : 1);
  for (const Segment &segment : launch.segments)
    for (LinearOp linear : segment.linears)
      panel->require(formOf(linear), launch.isQuantized(linear), unpacksOnce(linear) ? foldedCodes(formOf(linear)) : std::nullopt);
  return success();
}

void LinearKernel::planMemory() {
  panel->plan(panelPlan, scratchPlan, rowCapacity());
  int64_t largestUnit = 0, unpackedBytes = 0;
  for (const Segment &segment : launch.segments) {
    largestUnit = std::max(largestUnit, segment.unit);
    for (LinearOp linear : segment.linears) {
      outputs[linear] = scratchPlan.take(sumRows(segment) * segment.unit * 4);
      if (unpacksOnce(linear))
        unpackedBytes = std::max(unpackedBytes, WeightTile::unpackedBytes(formOf(linear), columns));
    }
  }
  unpackedCodes = scratchPlan.take(unpackedBytes);
  SmallVector<Operation *> epilogues;
  for (Operation &op : body.getBody().front().without_terminator())
    if (!isa<LinearOp, QuantizeOp>(op) && !llvm::is_contained(launch.prologue, &op))
      epilogues.push_back(&op);
  epilogue.plan(scratchPlan, panelPlan, epilogues, target.rowCapacity, largestUnit);
  if (llvm::any_of(launch.prologue, [](Operation *op) { return isa<PermuteColumnsOp>(op); }))
    permuteTemporary = scratchPlan.take(columns * 4);
}

void LinearKernel::enter(KernelWriter &w, func::FuncOp function) {
  arguments = function.getArgument(0), scratch = function.getArgument(2), panelMemory = function.getArgument(5);
  begin = function.getArgument(3), end = function.getArgument(4);
  operands = std::make_unique<KernelOperands>(kernel, function.getArgument(1));
  epilogue.enter(scratch, panelMemory, *operands);
  if (launch.routes)
    routes = std::make_unique<RouteParts>(w, operands->argument(w, launch.routes), stepRows(w, arguments), launch.chosen);
}

// Of rows [begin, end) of the step all choices, or the same part of the selected rows.
void LinearKernel::writePrologue(func::FuncOp function) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(function.getBody().front().getTerminator());
  KernelWriter w(b, kernel.getLoc());
  enter(w, function);
  if (epilogue.hasAngles())
    w.loop(begin, end, 1, [&](Value row) { epilogue.writeAngles(w, row, row); });
  auto writeRows = [&](const RowGroup &group, Value first, Value last) {
    w.loop(first, last, 1, [&](Value row) { writeRow(w, group, row); });
  };
  if (routes) {
    begin = w.mul(begin, launch.chosen), end = w.mul(end, launch.chosen);
    w.loop(w.integer(0), routes->distinct(w), 1, [&](Value slot) {
      RowGroup group = choicesOf(w, slot);
      writeRows(group, w.most(begin, group.first), w.least(end, w.add(group.first, group.count)));
    });
  } else if (launch.select) {
    auto selected = [&](Value row) { return w.div(w.mul(row, rowCount(w)), stepRows(w, arguments)); };
    writeRows({w.integer(0), rowCount(w)}, selected(begin), selected(end));
  } else
    writeRows({w.integer(0), rowCount(w)}, begin, end);
}

void LinearKernel::writeRow(KernelWriter &w, const RowGroup &group, Value row) {
  Value index = row;
  if (routes)
    index = w.div(routes->integer(w, RouteTable::Choices, row), launch.chosen / launch.parts);
  else if (launch.select)
    index = w.widen(w.load(w.i32(), w.at(operands->argument(w, launch.select), w.mul(row, 4))), w.i64());
  Value from = w.at(operands->argument(w, launch.source), w.mul(index, columns * 4));
  Value own = panel->floatRow(w, panelMemory, scratch, row);
  for (Operation *op : launch.prologue)
    if (int64_t heads = headsOfNorm(op)) {
      emitNorm(w, op, *operands, from, own, columns / heads, w.integer(columns), w.integer(0));
      from = own;
    } else if (isa<RoundBF16Op>(op)) {
      emitRoundBF16(w, from, own, columns);
      from = own;
    } else if (auto permute = dyn_cast<PermuteColumnsOp>(op)) {
      if (from == own) {
        from = w.at(scratch, permuteTemporary);
        emitCopy(w, own, from, w.integer(columns), std::gcd(columns, int64_t(16)));
      }
      emitPermute(w, from, operands->symbol(w, permute.getOrder()), own, columns);
      from = own;
    }
  panel->fill(w, panelMemory, row, group, from, own);
}

void LinearKernel::writeTile(func::FuncOp function) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(function.getBody().front().getTerminator());
  KernelWriter w(b, kernel.getLoc());
  enter(w, function);
  if (routes)
    return writeExperts(w);
  rows = {w.integer(0), rowCount(w)};
  writeSegments(w, begin, end);
}

// The tiles of the first chosen expert, then those of the second, ... The grid has as many as rows may choose: each of its tiles is the
// same part of those that were chosen, or some workers had shares without work.
void LinearKernel::writeExperts(KernelWriter &w) {
  int64_t ofExpert = launch.tiles();
  Value most = w.least(routes->choices, w.integer(launch.experts)), distinct = routes->distinct(w);
  begin = w.div(w.mul(begin, distinct), most), end = w.div(w.mul(end, distinct), most);
  w.loop(w.div(begin, ofExpert), w.div(w.add(end, ofExpert - 1), ofExpert), 1, [&](Value slot) {
    expert = routes->integer(w, RouteTable::Slots, slot);
    rows = choicesOf(w, slot);
    Value first = w.mul(slot, ofExpert);
    writeSegments(w, w.most(w.sub(begin, first), w.integer(0)), w.least(w.sub(end, first), w.integer(ofExpert)));
  });
}

// One segment lies behind the other.
void LinearKernel::writeSegments(KernelWriter &w, Value begin, Value end) {
  int64_t first = 0;
  for (const Segment &segment : launch.segments) {
    writeTiles(w, segment, w.most(w.sub(begin, first), w.integer(0)), w.least(w.sub(end, first), w.integer(segment.tiles)));
    first += segment.tiles;
  }
}

// With few rows the sums of many tiles wait for their epilogues, and each weight is read as one stream meanwhile.
void LinearKernel::writeTiles(KernelWriter &w, const Segment &segment, Value begin, Value end) {
  Value most = w.div(w.integer(sumRows(segment)), w.most(rows.count, w.integer(1)));
  Value together = w.most(w.integer(1), w.least(most, w.integer(waitingRows(segment))));
  w.loop(begin, end, together, [&](Value first) {
    Value last = w.least(end, w.add(first, together));
    for (LinearOp linear : segment.linears)
      writeSums(w, segment, linear, first, last);
    w.loop(first, last, 1, [&](Value tile) { writeEpilogue(w, segment, tile, w.mul(w.sub(tile, first), rows.count)); });
  });
}

// The dot products of tiles [first, last) with all rows, in the linear's sums.
void LinearKernel::writeSums(KernelWriter &w, const Segment &segment, LinearOp linear, Value first, Value last) {
  const NormalForm &form = formOf(linear);
  bool integers = launch.isQuantized(linear);
  WeightTile weight(w, form, columns, target.registerBytes, block);
  int64_t tileBytes = weight.packedLayout().tileBytes(columns), together = passRows(integers);
  // The float path writes columns out for each row: where these are many, fewer rows go at once, or they compile for minutes.
  if (!integers)
    together = llvm::bit_floor(uint64_t(std::max<int64_t>(1, together * 64 / std::max<int64_t>(64, weight.columnsWrittenOut()))));
  // A tile of whole heads may end behind the weight's last 16 rows.
  int64_t parts = segment.unit / tileRows, allParts = (segment.width + tileRows - 1) / tileRows;
  Value address = operands->symbol(w, linear.getWeight());
  if (routes)
    address = w.at(address, w.mul(expert, allParts * tileBytes));
  Value firstPart = w.mul(first, parts), lastPart = w.mul(last, parts), sumsOfTile = w.mul(rows.count, segment.unit * 4);
  if (allParts % parts)
    lastPart = w.least(lastPart, w.integer(allParts));
  w.loop(firstPart, lastPart, 1, [&](Value part) {
    Value bytes = w.at(address, w.mul(part, tileBytes));
    Value waiting = w.sub(part, firstPart), tile = w.div(waiting, parts), inTile = w.sub(waiting, w.mul(tile, parts));
    Value output = w.at(w.at(w.at(scratch, outputs[linear]), w.mul(tile, sumsOfTile)), w.mul(inTile, lineBytes));
    writePasses(w, linear, weight, bytes, output, segment.unit, together);
  });
}

// The dot products of a part of a tile with all rows: f32 [rows][unit] at `output`. The largest passes are of `together` rows.
void LinearKernel::writePasses(KernelWriter &w, LinearOp linear, WeightTile &weight, Value part, Value output, int64_t unit,
                               int64_t together) {
  const NormalForm &form = formOf(linear);
  bool integers = launch.isQuantized(linear);
  auto pass = [&](Value row, int64_t count) {
    ActivationRows activations =
        panel->rowsOf(w, panelMemory, w.add(rows.first, row), count, form, integers, weight.unpackedCodes ? weight.folded : std::nullopt);
    SmallVector<Value> sums = weight.dot(part, activations, count, integers);
    Value to = w.at(output, w.mul(row, unit * 4));
    for (int64_t i = 0; i < count; ++i)
      for (int64_t slice = 0; slice < weight.slices(); ++slice)
        w.store(sums[i * weight.slices() + slice], w.at(to, i * unit * 4 + slice * target.registerBytes));
  };
  auto whole = [&](int64_t count) { return w.mul(w.div(rows.count, count), count); };
  Value done = w.integer(0);
  if (unpacksOnce(linear)) {
    Value isWorth = w.less(w.integer(unpackingRows - 1), rows.count), codes = w.at(scratch, unpackedCodes);
    weight.folded = foldedCodes(form);
    w.when(isWorth, [&] { weight.unpack(part, codes); });
    Value end = w.select(isWorth, whole(together), done);
    weight.unpackedCodes = codes;
    w.loop(done, end, together, [&](Value row) {
      // Nobody reads packed codes meanwhile: the next tile's would come from memory all at once.
      weight.askForNext(part, w.div(row, together));
      pass(row, together);
    });
    weight.unpackedCodes = {};
    weight.askForNothing();
    done = end;
  }
  // What is left of the rows takes fewer and fewer of them at once: each pass unpacks the weight anew.
  for (int64_t count = together; count > 0; count /= 2) {
    weight.prefetchDistance = count >= prefetchingRows ? prefetchDistance : 0;
    Value end = whole(count);
    w.loop(done, end, count, [&](Value row) { pass(row, count); });
    done = end;
  }
}

void LinearKernel::writeEpilogue(KernelWriter &w, const Segment &segment, Value tile, Value firstOutput) {
  Value firstColumn = w.mul(tile, segment.unit), count = w.integer(segment.unit);
  if (segment.width % segment.unit)
    count = w.least(count, w.sub(w.integer(segment.width), firstColumn));
  w.loop(w.integer(0), rows.count, 1, [&](Value row) {
    Epilogue::Tile tile{row, row, firstColumn, count, lanesOf(segment)};
    if (routes) // all arrays have a row for each choice
      tile.row = routes->integer(w, RouteTable::Choices, w.add(rows.first, row)), tile.choices = launch.chosen, tile.expert = expert;
    Epilogue::Places places;
    for (LinearOp linear : segment.linears)
      places[linear.getOutput()] = w.at(w.at(scratch, outputs[linear]), w.mul(w.add(firstOutput, row), segment.unit * 4));
    epilogue.write(w, places, tile);
    // Linears whose own output leaves the launch have not been written yet.
    for (Value value : body.getBody().front().getTerminator()->getOperands())
      if (value.getDefiningOp<LinearOp>() && places.contains(value))
        emitCopy(w, places[value], epilogue.resultPlace(w, value, tile), count, lanesOf(segment));
  });
}
} // namespace

FailureOr<KernelFunctions> vspec::buildLinearKernel(OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target) {
  FailureOr<LinearLaunch> launch = analyzeLinears(*kernel.getBodyRegion().getOps<func::FuncOp>().begin());
  if (failed(launch))
    return failure();
  return LinearKernel(builder, kernel, target, std::move(*launch)).build();
}
