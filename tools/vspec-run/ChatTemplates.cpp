#include "ChatTemplates.h"
#include "CommandLine/InputFiles.h"
#include <algorithm>
#include <sys/stat.h>

namespace vspec {
namespace {

struct Named {
  const char *name, *text;
};

constexpr Named templates[] = {
    {"alpaca", "{% for message in messages %}"
               "{% if message.role == 'system' %}{{ message.content ~ '\\n\\n' }}"
               "{% elif message.role == 'user' %}{{ '### Instruction:\\n' ~ message.content ~ '\\n\\n' }}"
               "{% else %}{{ '### Response:\\n' ~ message.content ~ eos_token ~ '\\n\\n' }}{% endif %}"
               "{% endfor %}{% if add_generation_prompt %}{{ '### Response:\\n' }}{% endif %}"},
    {"chatml", "{% for message in messages %}{{ '<|im_start|>' ~ message.role ~ '\\n' ~ message.content ~ '<|im_end|>\\n' }}{% endfor %}"
               "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"},
    {"gemma", "{{ bos_token }}{% set ns = namespace(before='') %}"
              "{% for message in messages %}"
              "{% if message.role == 'system' %}{% set ns.before = message.content ~ '\\n\\n' %}"
              "{% else %}{{ '<start_of_turn>' ~ ('model' if message.role == 'assistant' else message.role) ~ '\\n' ~ ns.before ~ "
              "message.content | trim ~ '<end_of_turn>\\n' }}{% set ns.before = '' %}{% endif %}"
              "{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"},
    {"llama3", "{{ bos_token }}{% for message in messages %}"
               "{{ '<|start_header_id|>' ~ message.role ~ '<|end_header_id|>\\n\\n' ~ message.content | trim ~ '<|eot_id|>' }}"
               "{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"},
    {"mistral", "{{ bos_token }}{% set ns = namespace(before='') %}"
                "{% for message in messages %}"
                "{% if message.role == 'system' %}{% set ns.before = message.content ~ '\\n\\n' %}"
                "{% elif message.role == 'user' %}{{ '[INST] ' ~ ns.before ~ message.content ~ ' [/INST]' }}{% set ns.before = '' %}"
                "{% else %}{{ ' ' ~ message.content | trim ~ eos_token }}{% endif %}"
                "{% endfor %}"},
    {"plain", "{{ bos_token }}{% for message in messages %}{{ message.content ~ '\\n' }}{% endfor %}"},
};

} // namespace

std::string chatTemplateNames() {
  std::string names;
  for (const Named &one : templates)
    names += (names.empty() ? "" : ", ") + std::string(one.name);
  return names;
}

Result<std::string> chatTemplateOf(const std::string &nameOrPath) {
  for (const Named &one : templates)
    if (nameOrPath == one.name)
      return std::string(one.text);
  struct stat status;
  if (stat(nameOrPath.c_str(), &status) != 0)
    return Error{quotedPath(nameOrPath) + " is neither a file nor one of the templates " + chatTemplateNames()};
  return readTextFile(nameOrPath);
}

} // namespace vspec
