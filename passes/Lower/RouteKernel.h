// Finds the parts of a route table in kernels.
#ifndef VSPEC_PASSES_LOWER_ROUTEKERNEL_H
#define VSPEC_PASSES_LOWER_ROUTEKERNEL_H
#include "passes/Lower/KernelWriter.h"
#include "vspec/Plan/RouteTable.h"

namespace vspec {

class RouteParts {
public:
  /// Of the table at an address, in a step of so many rows.
  RouteParts(KernelWriter &w, mlir::Value table, mlir::Value rows, int64_t chosen);

  const mlir::Value header, choices; // how many choices all rows have

  mlir::Value part(RouteTable::Part part) const { return parts[part]; }
  mlir::Value integer(KernelWriter &w, RouteTable::Part part, mlir::Value index) const;
  void store(KernelWriter &w, RouteTable::Part part, mlir::Value index, mlir::Value value) const;
  /// How many experts some row has chosen.
  mlir::Value distinct(KernelWriter &w) const;

private:
  mlir::Value parts[RouteTable::parts];
};

} // namespace vspec
#endif
