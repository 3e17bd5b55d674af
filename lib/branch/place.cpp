#include "lib/branch/place.h"

#include "lib/branch/log_feed.h"

namespace slotcast::branch {
namespace {

class Search {
 public:
  Search(const log::Log& log, log::Tail& tail, const Moment& moment)
      : log_(log), moment_(moment), written_(tail.durable().record) {}

  Result<journal::Checkpoint> run() {
    const auto segments = log_.segments().all();
    for (auto segment = segments.rbegin(); segment != segments.rend(); ++segment) {
      TRY_ASSIGN(const log::Mark mark, log_.first_place(*segment));
      const journal::Checkpoint from{mark.record + 1, mark.lsn, {}};
      TRY_ASSIGN(const bool early, is_before(from));
      if (early) return find_from(from);
    }
    return end_of_the_way(segments.front());
  }

 private:
  // Whether nothing that stands before `from` is wanted.
  Result<bool> is_before(const journal::Checkpoint& from) {
    if (moment_.lsn) return from.lsn <= *moment_.lsn;
    TRY(feed_.start(from));
    TRY_ASSIGN(const auto first, feed_.next(written_));
    feed_.let_go();
    return first && first->commit_time < *moment_.time;
  }

  Result<journal::Checkpoint> find_from(const journal::Checkpoint& from) {
    TRY(feed_.start(from));
    while (true) {
      const journal::Checkpoint place = feed_.position();
      TRY_ASSIGN(const auto slice, feed_.next(written_));
      if (!slice) return place;
      if (!slice->ends_transaction) continue;
      const bool is_wanted =
          moment_.lsn ? feed_.position().lsn > *moment_.lsn : slice->commit_time >= *moment_.time;
      if (is_wanted) return place;
    }
  }

  // The log's very first segment begins where the pipeline did: there is nothing before it.
  Result<journal::Checkpoint> end_of_the_way(const log::Segment& oldest) {
    TRY_ASSIGN(const log::Mark mark, log_.first_place(oldest));
    const journal::Checkpoint from{mark.record + 1, mark.lsn, {}};
    TRY(feed_.start(from));
    TRY_ASSIGN(const auto first, feed_.next(written_));
    const std::string since = first ? ", committed at " + to_iso8601(first->commit_time) : "";
    feed_.let_go();
    const Sequence begin = oldest.header.first_record;
    if (moment_.time && (begin == Sequence{1} || begin == log::kStreamBegin)) return from;
    return invalid("the log reaches back to " + to_string(mark.lsn) + since +
                   " only: what is older was removed (log.keep), or never was in it");
  }

  const log::Log& log_;
  const Moment& moment_;
  const Sequence written_;
  BlockCache cache_;
  LogFeed feed_{log_.segments(), {}, cache_};
};

}  // namespace

Result<journal::Checkpoint> find_place(const log::Log& log, log::Tail& tail, const Moment& moment) {
  return Search(log, tail, moment).run();
}

}  // namespace slotcast::branch
