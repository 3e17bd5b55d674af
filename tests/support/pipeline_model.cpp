#include "tests/support/pipeline_model.h"

#include <algorithm>
#include <map>

#include "connectors/stage/directory_place.h"
#include "connectors/stage/stage_sink.h"
#include "lib/branch/branch.h"
#include "lib/branch/log_feed.h"
#include "lib/pgoutput/message.h"
#include "tests/support/messages.h"

namespace slotcast::test {
namespace {

constexpr const char* kSink = "lake";

std::unique_ptr<sink::Sink> make_stage(PowerDisk& disk, Clock& clock, Random& random) {
  sink::Environment environment{"p", kSink, &clock, &random, false};
  auto place = std::make_unique<stage::DirectoryPlace>(
      "stage", environment,
      [&disk](const std::string& root) -> Result<std::unique_ptr<io::Directory>> {
        return std::unique_ptr<io::Directory>(std::make_unique<SubDirectory>(disk, root));
      });
  auto pattern = stage::Pattern::parse("{table}-%U.jsonl");
  return std::make_unique<stage::StageSink>(std::move(place), std::move(pattern).value(),
                                            stage::Options(), environment);
}

}  // namespace

PipelineModel::PipelineModel(PowerDisk& disk, const Script& script, std::uint64_t seed,
                             Options options)
    : disk_(disk), script_(script), random_(seed), options_(options) {}

Status PipelineModel::open(bool begun) {
  TRY(disk_.make("state/log"));
  TRY(disk_.make("stage"));
  TRY_ASSIGN(journal_, journal::Journal::open(state_, options_.journal_bytes));
  log::Options log;
  log.segment_bytes = options_.segment_bytes;
  const std::optional<Lsn> start = begun ? std::optional<Lsn>() : script_.start;
  TRY_ASSIGN(log_, log::Log::open(log_directory_, log, clock_, random_, start));
  promises_.push_back({disk_.calls(), recovered()});
  if (!journal_->state(kSink)) {
    // As a new sink: only a log that holds nothing yet makes that the whole script.
    TRY(journal_->note_checkpoint(kSink, {log_->tail().durable().record + 1, recovered(), {}},
                                  true));
  }
  return {};
}

Status PipelineModel::append_message(const Message& message) {
  const pgoutput::Tag tag = pgoutput::tag_of(message);
  if (tag == pgoutput::Tag::Insert) TRY(announce_for(message));
  if (tag == pgoutput::Tag::Relation) {
    announced_.insert(load_be<std::uint32_t>(message.data() + 1));
  }
  return append_to(log_->writer(), message);
}

// A server announces each relation anew on each connection, as it is for the row that follows.
Status PipelineModel::announce_for(const Message& insert) {
  const auto oid = load_be<std::uint32_t>(insert.data() + 1);
  if (announced_.count(oid) > 0) return {};
  const std::size_t columns = load_be<std::uint16_t>(insert.data() + 6);
  return append_message(
      relation_message(oid, "t" + std::to_string(oid - script_.first_oid), columns - 2));
}

Status PipelineModel::sync() {
  TRY(log_->writer().flush());
  TRY(log_->sync_now());
  promises_.push_back({disk_.calls(), log_->tail().durable().lsn});
  return {};
}

Status PipelineModel::append(const ScriptTransaction& transaction) {
  // Now and then the connection breaks in the middle, and everything comes again.
  if (random_.next() % 8 == 0) {
    for (std::size_t i = 0; i < transaction.messages.size() / 2; ++i) {
      TRY(append_message(transaction.messages[i]));
      if (random_.next() % 4 == 0) TRY(log_->writer().flush());
    }
    if (log_->writer().in_transaction()) TRY(log_->writer().append_abandon());
    announced_.clear();
  }
  for (const Message& message : transaction.messages) {
    TRY(append_message(message));
    if (random_.next() % 16 == 0) TRY(log_->writer().flush());
  }
  return {};
}

Status PipelineModel::deliver() {
  branch::BlockCache cache;
  branch::Options options;
  options.sink = kSink;
  options.limits.rows_max = options_.batch_rows;
  options.until = log_->tail().durable().lsn;
  auto pattern = route::TablePattern::parse("public.*");
  route::Route route;
  route.from.push_back(std::move(pattern).value());
  branch::Branch branch(
      {&log_->tail(), journal_.get(), &clock_, &random_}, options,
      std::make_unique<branch::LogFeed>(log_->segments(), branch::Beside{}, cache),
      route::Router({route}), make_stage(disk_, clock_, random_));
  branch.run();
  const branch::BranchStatus status = branch.status();
  if (status.state == branch::State::Failed) return corrupt("branch: " + status.last_error);
  return {};
}

Status PipelineModel::run() {
  const Lsn from = recovered();
  for (const ScriptTransaction& transaction : script_.transactions) {
    if (transaction.commit_lsn < from) continue;
    TRY(append(transaction));
    if (random_.next() % 3 == 0) TRY(sync());
    // The branch waits for durability, and nobody else would sync meanwhile.
    if (random_.next() % 8 == 0) {
      TRY(sync());
      TRY(deliver());
    }
  }
  TRY(sync());
  return deliver();
}

std::vector<std::string> visible_lines(const PowerDisk& disk) {
  std::vector<std::string> lines;
  for (const std::string& path : disk.files()) {
    if (!path.starts_with("stage/t")) continue;
    const auto bytes = disk.bytes(path);
    const std::string text(as_text(bytes));
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      lines.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  }
  return lines;
}

std::optional<std::string> compare_with_script(const PowerDisk& disk, const Script& script) {
  std::map<std::string, int> seen;
  for (const std::string& line : visible_lines(disk)) ++seen[line];
  for (const ScriptTransaction& transaction : script.transactions) {
    for (const std::string& line : transaction.lines) {
      const auto found = seen.find(line);
      if (found == seen.end()) return "missing: " + line.substr(line.size() - 90);
      if (found->second != 1) return "twice: " + line.substr(line.size() - 90);
      seen.erase(found);
    }
  }
  if (!seen.empty()) return "not of the script: " + seen.begin()->first;
  return std::nullopt;
}

}  // namespace slotcast::test
