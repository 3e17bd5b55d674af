#include "lib/branch/redrive.h"

#include <algorithm>

namespace slotcast::branch {
namespace {

// A value that is quoted in an error may be very long.
constexpr std::size_t kReasonBytesMax = 200;

std::string shortened(std::string text) {
  if (text.size() <= kReasonBytesMax) return text;
  std::size_t end = kReasonBytesMax;
  // Not in the middle of a character of UTF-8.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

}  // namespace

void Redriven::keep(const std::string& sqlstate, const std::string& error) {
  ++kept;
  const std::string text = shortened(error) + (sqlstate.empty() ? "" : " (" + sqlstate + ")");
  const auto found = std::find_if(kept_because.begin(), kept_because.end(),
                                  [&](const Reason& each) { return each.text == text; });
  if (found != kept_because.end()) {
    ++found->letters;
  } else if (kept_because.size() < kReasonsMax) {
    kept_because.push_back({text, 1});
  }
}

std::string reasons_of(const Redriven& redriven) {
  std::string text;
  std::uint64_t others = redriven.kept;
  for (const Redriven::Reason& reason : redriven.kept_because) {
    text += (text.empty() ? "" : ", ") + std::to_string(reason.letters) + " for " + reason.text;
    others -= reason.letters;
  }
  if (others > 0) text += ", " + std::to_string(others) + " for other reasons";
  return text;
}

std::string describe(const Redriven& redriven) {
  if (redriven.count() == 0) return "has no dead letters";
  std::string text = "got " + std::to_string(redriven.sent) + " of its dead letters";
  if (redriven.kept > 0) {
    text += "; " + std::to_string(redriven.kept) +
            " failed again, and are kept: " + reasons_of(redriven);
  }
  if (redriven.left_out > 0) {
    text +=
        "; " + std::to_string(redriven.left_out) + " are gone, since no route takes them any more";
  }
  return text;
}

void RedriveOrder::ask() {
  const std::lock_guard lock(mutex_);
  answer_.reset();
  is_asked_ = true;
}

std::optional<Result<Redriven>> RedriveOrder::answer() const {
  const std::lock_guard lock(mutex_);
  return answer_;
}

void RedriveOrder::answer_with(Result<Redriven> answer) {
  const std::lock_guard lock(mutex_);
  if (!is_asked_) return;
  answer_ = std::move(answer);
  is_asked_ = false;
}

}  // namespace slotcast::branch
