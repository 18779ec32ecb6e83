// The pictures of a report, as SVG elements to stand in a page. Colours are classes of the page's style: .c0 to .c9 for
// kernels, so that they follow the reader's light or dark scheme.
#ifndef VSPEC_TOOLS_VSPECBENCH_ROOFLINEPICTURES_H
#define VSPEC_TOOLS_VSPECBENCH_ROOFLINEPICTURES_H
#include "Roofline.h"

namespace vspec {

/// The same kernel has the same colour in all pictures.
class KernelColours {
public:
  explicit KernelColours(const std::vector<Roofline> &rooflines);
  /// "c3".
  std::string of(const RooflineRow &row) const;
  /// What a reader calls the launches of a row: "attn_q", "logits".
  static std::string label(const RooflineRow &row);
  const std::vector<std::string> &labels() const { return order; }

private:
  std::vector<std::string> order;
};

/// Operations a byte against operations a second, both logarithmic, under the two roofs. An area stands for a share of the
/// step's time; circles are decode, squares prefill.
std::string rooflinePlot(const std::vector<const Roofline *> &rooflines, const KernelColours &colours);

/// For each step a bar of where its time goes; the strong part of a kernel is its bound.
std::string stepBars(const std::vector<Roofline> &rooflines, const KernelColours &colours);

} // namespace vspec
#endif
