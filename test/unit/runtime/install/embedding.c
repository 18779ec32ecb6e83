/* 0 if the installed library answers as it should. */
#include <string.h>
#include <vspec/Runtime.h>

int main(void) {
  vspec_error error;
  vspec_model *model;
  if (vspec_abi_version() != VSPEC_ABI_VERSION)
    return 1;
  if (vspec_model_open("/nowhere/model.vspec", NULL, &model, &error) != VSPEC_CANNOT_READ)
    return 2;
  return strcmp(error.text, "/nowhere/model.vspec: cannot be opened: no such file") ? 3 : 0;
}
