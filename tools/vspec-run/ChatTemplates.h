// Templates by name, for models whose file has none.
#ifndef VSPEC_TOOLS_VSPECRUN_CHATTEMPLATES_H
#define VSPEC_TOOLS_VSPECRUN_CHATTEMPLATES_H
#include "vspec/Support/Result.h"
#include <string>

namespace vspec {

/// "alpaca, chatml, ...".
std::string chatTemplateNames();
/// The template of that name; else the text of the file at that path.
Result<std::string> chatTemplateOf(const std::string &nameOrPath);

} // namespace vspec
#endif
