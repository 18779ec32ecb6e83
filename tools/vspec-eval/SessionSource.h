// A session of a model as lib/Eval sees it.
#ifndef VSPEC_TOOLS_VSPECEVAL_SESSIONSOURCE_H
#define VSPEC_TOOLS_VSPECEVAL_SESSIONSOURCE_H
#include "CommandLine/LoadedModel.h"
#include "vspec/Eval/Evaluation.h"

namespace vspec {

/// Feeds in steps of at most `chunk` rows; 0: as many as the model takes. The model must outlive it.
class SessionSource : public LogitsSource {
public:
  SessionSource(const LoadedModel &model, RuntimeOwner<vspec_session> session, uint32_t chunk)
      : model(model), session(std::move(session)), chunk(chunk) {}

  uint32_t vocabulary() const override { return model.info.vocabulary; }
  Result<void> reset() override;
  Result<void> feed(const int32_t *tokens, uint64_t count, const LogitsTaker &take) override;

private:
  const LoadedModel &model;
  RuntimeOwner<vspec_session> session;
  uint32_t chunk;
};

} // namespace vspec
#endif
