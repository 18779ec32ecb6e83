// The kernel of routing: one tile that chooses the experts of all rows and lists the rows of each expert.
#include "passes/Lower/RouteKernel.h"
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/BuildKernel.h"
#include "passes/Lower/KernelMath.h"
#include "passes/PlanMemory/LaunchTiles.h"
#include <limits>
#include <numeric>

using namespace mlir;
using namespace vspec;

RouteParts::RouteParts(KernelWriter &w, Value table, Value rows, int64_t chosen) : header(table), choices(w.mul(rows, chosen)) {
  for (int64_t i = 0; i < RouteTable::parts; ++i)
    parts[i] = w.at(w.at(table, RouteTable::headerBytes), w.mul(choices, i * 4));
}

Value RouteParts::integer(KernelWriter &w, RouteTable::Part part, Value index) const {
  return w.widen(w.load(w.i32(), w.at(parts[part], w.mul(index, 4))), w.i64());
}

void RouteParts::store(KernelWriter &w, RouteTable::Part part, Value index, Value value) const {
  w.store(value.getType().isF32() ? value : w.narrow(value, w.i32()), w.at(parts[part], w.mul(index, 4)));
}

Value RouteParts::distinct(KernelWriter &w) const { return w.widen(w.load(w.i32(), header), w.i64()); }

namespace {
class RouteKernel {
public:
  RouteKernel(KernelWriter &w, RouteOp op, const RouteParts &table, Value scratch)
      : w(w), op(op), table(table), scratch(scratch), experts(op.getRoutes().getType().getExperts()), chosen(op.getChosen()) {}

  static int64_t scratchBytes(RouteOp op) { return (op.getRoutes().getType().getExperts() * 4 + 63) / 64 * 64; }

  void chooseFor(Value row, Value logits) {
    int64_t lanes = std::gcd(experts, int64_t(16));
    emitCopy(w, logits, scratch, w.integer(experts), lanes);
    Value first = w.mul(row, chosen);
    w.loop(0, chosen, 1, [&](Value choice) { chooseNext(w.add(first, choice)); });
    Value weights = w.at(table.part(RouteTable::Weights), w.mul(first, 4));
    writeScores(logits, weights, lanes);
  }

  // Counts the choices of each expert, turns counts into places, and puts each choice into its place.
  void listByExpert() {
    auto cell = [&](Value expert) { return w.at(scratch, w.mul(expert, 4)); };
    auto count = [&](Value expert) { return w.widen(w.load(w.i32(), cell(expert)), w.i64()); };
    auto setCount = [&](Value expert, Value value) { w.store(w.narrow(value, w.i32()), cell(expert)); };
    w.loop(0, experts, 1, [&](Value expert) { setCount(expert, w.integer(0)); });
    w.loop(w.integer(0), table.choices, 1, [&](Value choice) {
      Value expert = table.integer(w, RouteTable::Experts, choice);
      setCount(expert, w.add(count(expert), 1));
    });
    auto ends = w.loop(w.integer(0), w.integer(experts), 1, {w.integer(0), w.integer(0)}, [&](Value expert, ValueRange carried) {
      Value slot = carried[0], first = carried[1], n = count(expert);
      Value isChosen = w.less(w.integer(0), n);
      w.when(isChosen, [&] {
        table.store(w, RouteTable::Slots, slot, expert);
        table.store(w, RouteTable::First, slot, first);
        table.store(w, RouteTable::Count, slot, n);
      });
      setCount(expert, first);
      return SmallVector<Value>{w.add(slot, w.select(isChosen, w.integer(1), w.integer(0))), w.add(first, n)};
    });
    w.store(w.narrow(ends[0], w.i32()), table.header);
    w.loop(w.integer(0), table.choices, 1, [&](Value choice) {
      Value expert = table.integer(w, RouteTable::Experts, choice), place = count(expert);
      table.store(w, RouteTable::Choices, place, choice);
      setCount(expert, w.add(place, 1));
    });
  }

private:
  // The greatest logit that is left, the first of equal ones. Where none is greater than minus infinity (there may be NaNs),
  // expert 0 again: then the row is lost, but every number stays in its range.
  void chooseNext(Value choice) {
    Value none = w.real(-std::numeric_limits<float>::infinity());
    auto best = w.loop(w.integer(0), w.integer(experts), 1, {none, w.integer(0)}, [&](Value expert, ValueRange carried) {
      Value logit = w.loadf(scratch, expert), isGreater = w.lessf(carried[0], logit);
      return SmallVector<Value>{w.select(isGreater, logit, carried[0]), w.select(isGreater, expert, carried[1])};
    });
    w.store(none, w.at(scratch, w.mul(best[1], 4)));
    table.store(w, RouteTable::Experts, choice, best[1]);
    table.store(w, RouteTable::Weights, choice, best[0]);
  }

  // In place: the logits of the chosen become their weights.
  void writeScores(Value logits, Value weights, int64_t lanes) {
    bool isSigmoid = op.getScores() == Scores::Sigmoid || op.getScores() == Scores::SigmoidOfChosen;
    Value greatest = w.loadf(weights, w.integer(0)), sum;
    if (op.getScores() == Scores::Softmax) {
      Value offset = w.broadcast(greatest, lanes);
      auto sums = w.loop(w.integer(0), w.integer(experts), lanes, {w.real(w.vec(lanes), 0)}, [&](Value i, ValueRange carried) {
        Value logit = w.load(w.vec(lanes), w.at(logits, w.mul(i, 4)));
        return SmallVector<Value>{w.addf(carried[0], emitExp(w, w.subf(logit, offset)))};
      });
      sum = w.sumOf(sums[0]);
    }
    auto ofChosen = w.loop(w.integer(0), w.integer(chosen), 1, {w.real(0)}, [&](Value i, ValueRange carried) {
      Value at = w.at(weights, w.mul(i, 4)), logit = w.load(w.vec(1), at);
      Value score = isSigmoid ? emitSigmoid(w, logit) : emitExp(w, w.subf(logit, w.broadcast(greatest, 1)));
      w.store(score, at);
      return SmallVector<Value>{w.addf(carried[0], w.sumOf(score))};
    });
    if (op.getScores() == Scores::SoftmaxOfChosen || op.getScores() == Scores::SigmoidOfChosen)
      sum = ofChosen[0];
    w.loop(0, chosen, 1, [&](Value i) {
      Value at = w.at(weights, w.mul(i, 4)), score = w.load(w.f32(), at);
      if (sum)
        score = w.divf(score, sum);
      if (op.getScale())
        score = w.mulf(score, w.real(op.getScale()->convertToFloat()));
      w.store(score, at);
    });
  }

  KernelWriter &w;
  RouteOp op;
  const RouteParts &table;
  Value scratch; // f32 [experts]: the logits that are left; then i32 [experts]: counts, then places
  const int64_t experts, chosen;
};
} // namespace

FailureOr<KernelFunctions> vspec::buildRouteKernel(OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &) {
  auto op = onlyOp<RouteOp>(*kernel.getBodyRegion().getOps<func::FuncOp>().begin());
  KernelFunctions functions;
  functions.tile = createKernelFunction(builder, kernel.getLoc(), kernel.getSymName().str() + ".tile");
  functions.scratchBytes = RouteKernel::scratchBytes(op);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(functions.tile.getBody().front().getTerminator());
  KernelWriter w(builder, kernel.getLoc());
  KernelOperands operands(kernel, functions.tile.getArgument(1));
  Value rows = stepRows(w, functions.tile.getArgument(0)), logits = operands.argument(w, op.getLogits());
  RouteParts table(w, operands.result(w, 0), rows, op.getChosen());
  RouteKernel route(w, op, table, functions.tile.getArgument(2));
  int64_t experts = op.getRoutes().getType().getExperts();
  w.loop(w.integer(0), rows, 1, [&](Value row) { route.chooseFor(row, w.at(logits, w.mul(row, experts * 4))); });
  route.listByExpert();
  return functions;
}
