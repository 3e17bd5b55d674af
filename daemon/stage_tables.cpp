#include "daemon/stage_tables.h"

#include <algorithm>

#include "lib/base/diag.h"

namespace slotcast {

Status StageTables::add(const replay::Batch& batch, const std::string& manifest, bool is_passed) {
  for (const replay::FileEntry& entry : batch.files) {
    auto relation = relations_.of(entry);
    if (!relation.ok()) {
      return relation.error().prefixed("manifest " + replay::manifest_path(manifest) + " line " +
                                       std::to_string(entry.line));
    }
    std::string& latest = versions_[{entry.schema, entry.table}];
    if (latest != entry.schema_version) {
      latest = entry.schema_version;
      known_->add_at_server(*relation.value(), entry.highest.commit_lsn);
    }
    if (!is_passed) unchecked_.insert(std::move(relation).value());
  }
  return {};
}

Status StageTables::refuse() {
  known_->complete();
  std::vector<std::string> mistakes;
  for (const config::Sink& sink : config_.sinks) {
    const route::Router router(routes_.of(sink.name), known_);
    for (const RelationPtr& relation : unchecked_) {
      for (const Error& mistake : router.find_ways(*relation).mistakes) {
        const bool is_new =
            std::find(mistakes.begin(), mistakes.end(), mistake.what) == mistakes.end();
        if (is_new) mistakes.push_back(mistake.what);
      }
    }
  }
  unchecked_.clear();
  if (mistakes.empty()) return {};
  for (std::size_t i = 1; i < mistakes.size(); ++i) diag::error("routes", mistakes[i]);
  return invalid(mistakes.front());
}

void StageTables::warn_of_idle_routes() const {
  for (const route::Route& route : routes_.all()) {
    const bool takes_any = std::any_of(versions_.begin(), versions_.end(), [&](const auto& table) {
      return route.matches(table.first.first, table.first.second);
    });
    if (takes_any) continue;
    diag::warning("routes",
                  "takes no table that the manifest has: its names are those that the "
                  "sink's routes gave them",
                  {{"route", route.name}});
  }
}

}  // namespace slotcast
