#pragma once

#include "lib/sink/sink.h"

namespace slotcast::null {

// Takes everything and keeps nothing: for measuring what the rest costs, and for a pipeline whose
// log is all that is wanted. It reads every cell, so that decoding is not optimised away.
class NullSink final : public sink::Sink {
 public:
  Status open() override { return {}; }
  Result<std::uint64_t> write(sink::Rows rows) override;
  Result<sink::Token> prepare() override { return sink::Token("null 1"); }
  // Nothing can have been left half done.
  Result<sink::Recovered> commit(const sink::Token&) override { return sink::Recovered::Done; }
  Result<sink::Recovered> recover(const sink::Token&) override { return sink::Recovered::Done; }
  Status abort() override { return {}; }
  Status close() override { return {}; }
};

}  // namespace slotcast::null
