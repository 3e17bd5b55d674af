#include "daemon/sink_routes.h"

#include <algorithm>
#include <sstream>

#include "connectors/all.h"
#include "connectors/kafka/names.h"
#include "lib/base/crc32c.h"
#include "lib/base/ensure.h"
#include "lib/io/state_file.h"
#include "lib/snapshot/word.h"

namespace slotcast {
namespace {

constexpr const char* kStateName = "routes";

route::TablePattern parse(const std::string& text) {
  auto pattern = route::TablePattern::parse(text);
  ENSURE(pattern.ok());
  return std::move(pattern).value();
}

bool matches_any(const std::vector<route::TablePattern>& patterns, const pg::SourceTable& table) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) {
    return pattern.matches(table.schema, table.table);
  });
}

// What the configuration's check has passed.
std::shared_ptr<const route::Shaping> shaping_of(const config::Route& route,
                                                 const std::string& file, const std::string& name) {
  if (route.where.text.empty() && route.select.text.empty()) return nullptr;
  auto shaping = std::make_shared<route::Shaping>();
  shaping->route = name;
  if (!route.where.text.empty()) {
    shaping->where = std::move(sql::parse_where(route.where.text).value);
    shaping->where_text = route.where.text;
    ENSURE(shaping->where);
  }
  if (!route.select.text.empty()) {
    shaping->select = std::move(sql::parse_select(route.select.text).value);
    shaping->select_text = route.select.text;
    ENSURE(!shaping->select.empty());
  }
  shaping->place = [file, where = route.where, select = route.select](route::Shaping::Clause clause,
                                                                      std::uint32_t offset) {
    const config::Sql& said = clause == route::Shaping::Clause::Where ? where : select;
    const config::Place place = said.place_of(offset);
    return file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
  };
  return shaping;
}

}  // namespace

std::vector<route::Route> SinkRoutes::of(const std::string& sink) const {
  std::vector<route::Route> routes;
  const auto configured = std::find_if(config_.sinks.begin(), config_.sinks.end(),
                                       [&](const auto& each) { return each.name == sink; });
  const bool needs_key =
      configured != config_.sinks.end() && connectors::needs_key(configured->connector);
  std::size_t index = 0;
  for (const config::Route& route : config_.routes) {
    const std::string name = "routes[" + std::to_string(index++) + "]";
    const auto shaping = shaping_of(route, config_.file, name);
    for (const auto& target : route.to) {
      if (target.sink != sink) continue;
      route::Route& mine = routes.emplace_back();
      mine.target = target.name;
      mine.name = name;
      mine.shaping = shaping;
      mine.needs_key = needs_key;
      for (const auto& from : route.from) mine.from.push_back(parse(from.text));
    }
  }
  return routes;
}

std::vector<route::Route> SinkRoutes::all() const {
  std::vector<route::Route> routes;
  for (const config::Sink& sink : config_.sinks) {
    for (route::Route& route : of(sink.name)) routes.push_back(std::move(route));
  }
  return routes;
}

Result<std::vector<route::Route>> SinkRoutes::left_behind(
    io::Directory& state, const std::function<bool(const std::string& sink)>& waits) const {
  TRY_ASSIGN(const auto before, then(state));
  std::vector<route::Route> routes;
  for (const Known& known : before) {
    const bool is_here = std::any_of(config_.sinks.begin(), config_.sinks.end(),
                                     [&](const auto& sink) { return sink.name == known.sink; });
    auto pattern = route::TablePattern::parse(known.pattern);
    if (is_here || !waits(known.sink) || !pattern.ok()) continue;
    route::Route& route = routes.emplace_back();
    route.name = "sink " + known.sink + ", which is not configured and not forgotten,";
    route.from.push_back(std::move(pattern).value());
  }
  return routes;
}

std::vector<route::TablePattern> SinkRoutes::patterns_of(
    const std::function<bool(const std::string& sink)>& wanted) const {
  std::vector<route::TablePattern> patterns;
  for (const config::Route& route : config_.routes) {
    const bool is_wanted = std::any_of(route.to.begin(), route.to.end(),
                                       [&](const auto& target) { return wanted(target.sink); });
    if (!is_wanted) continue;
    for (const auto& from : route.from) patterns.push_back(parse(from.text));
  }
  return patterns;
}

bool SinkRoutes::leads(const pg::SourceTable& table, const std::string& sink) const {
  return matches_any(patterns_of([&](const std::string& name) { return name == sink; }), table);
}

std::set<std::string> SinkRoutes::readers_of(const pg::SourceTable& table) const {
  std::set<std::string> readers;
  for (const config::Sink& sink : config_.sinks) {
    if (sink.start == config::Start::Snapshot && leads(table, sink.name)) readers.insert(sink.name);
  }
  return readers;
}

std::uint64_t SinkRoutes::generation_of(const config::Sink& sink) const {
  std::string text = sink.name;
  if (const auto* stage = std::get_if<stage::Options>(&sink.connector)) {
    text += "|" + stage->url + "|" + name_of(stage->format);
  }
  if (const auto* kafka = std::get_if<kafka::Options>(&sink.connector)) {
    text += "|" + kafka::progress_topic_of(*kafka, config_.name, sink.name);
  }
  for (const config::Route& route : config_.routes) {
    for (const auto& target : route.to) {
      if (target.sink != sink.name) continue;
      for (const auto& from : route.from) text += "|" + from.text;
      text += ">" + target.name;
      // Without them it is what it was before there were any.
      for (const auto& [key, sql] :
           {std::pair("|where ", &route.where), {"|select ", &route.select}}) {
        if (!sql->text.empty()) text += key + sql->one_line();
      }
    }
  }
  return crc32c(as_bytes(text));
}

std::set<SinkRoutes::Known> SinkRoutes::now() const {
  std::set<Known> known;
  for (const config::Route& route : config_.routes) {
    for (const auto& target : route.to) {
      for (const auto& from : route.from) {
        known.insert(
            {target.sink, from.text, target.name, route.where.one_line(), route.select.one_line()});
      }
    }
  }
  return known;
}

Result<std::set<SinkRoutes::Known>> SinkRoutes::then(io::Directory& state) {
  TRY_ASSIGN(const auto text, io::read_state_file(state, kStateName));
  std::set<Known> known;
  std::istringstream lines(text.value_or(""));
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream values(line);
    std::vector<std::string> words;
    snapshot::read_words(values, words);
    // `where` and `select` stand there only where there is one.
    if (words.size() != 3 && words.size() != 5) return corrupt("state file routes");
    words.resize(5);
    known.insert({words[0], words[1], words[2], words[3], words[4]});
  }
  return known;
}

// Of a route that is gone, or that had other expressions, rows may be at the target that would not
// come now. What comes replaces them then.
snapshot::Request SinkRoutes::request_for(const Known& route, const std::set<Known>& before,
                                          const std::set<Known>& now) {
  snapshot::Request request;
  request.sinks = {route.sink};
  for (const Known& each : now) {
    if (each.brings_the_same(route) && before.count(each) == 0) {
      request.only.push_back(each.pattern);
    }
  }
  for (const Known& each : before) {
    if (each.brings_the_same(route)) {
      request.except.push_back(each.pattern);
    } else if (each.is_beside(route) && now.count(each) == 0) {
      request.is_resync = true;
    }
  }
  if (request.is_resync) request.except.clear();
  return request;
}

// One request for each sink, target and expressions: a table may be known at one target and new at
// another.
Result<std::vector<snapshot::Request>> SinkRoutes::news(io::Directory& state,
                                                        const Sinks& waiting) const {
  TRY_ASSIGN(const auto before, then(state));
  std::vector<snapshot::Request> requests;
  std::vector<Known> done;
  const std::set<Known> now = this->now();
  for (const Known& route : now) {
    const bool is_known_sink = std::any_of(
        before.begin(), before.end(), [&](const Known& known) { return known.sink == route.sink; });
    const auto sink = std::find_if(config_.sinks.begin(), config_.sinks.end(),
                                   [&](const auto& each) { return each.name == route.sink; });
    const bool wants_rows = sink->start == config::Start::Snapshot;
    const bool is_due = is_known_sink && wants_rows && waiting.count(route.sink) == 0;
    if (!is_due || before.count(route) > 0) continue;
    const bool is_done = std::any_of(
        done.begin(), done.end(), [&](const Known& each) { return each.brings_the_same(route); });
    if (is_done) continue;
    done.push_back(route);
    requests.push_back(request_for(route, before, now));
  }
  return requests;
}

Result<SinkRoutes::Sinks> SinkRoutes::unchecked(io::Directory& state) const {
  TRY_ASSIGN(const auto before, then(state));
  Sinks with_expressions;
  Sinks with_new;
  for (const Known& route : now()) {
    if (!route.where.empty() || !route.select.empty()) with_expressions.insert(route.sink);
    if (before.count(route) == 0) with_new.insert(route.sink);
  }
  std::erase_if(with_new, [&](const auto& sink) { return with_expressions.count(sink) == 0; });
  return with_new;
}

Status SinkRoutes::remember(io::Directory& state, const Sinks& waiting) const {
  TRY_ASSIGN(std::set<Known> known, then(state));
  std::set<Known> wanted = now();
  std::erase_if(wanted, [&](const Known& route) { return waiting.count(route.sink) > 0; });
  std::erase_if(known, [&](const Known& route) {
    const bool is_configured =
        std::any_of(config_.sinks.begin(), config_.sinks.end(),
                    [&](const auto& sink) { return sink.name == route.sink; });
    return is_configured && waiting.count(route.sink) == 0;
  });
  known.merge(wanted);
  std::ostringstream out;
  for (const Known& route : known) {
    out << route.sink << ' ' << snapshot::to_word(route.pattern) << ' '
        << snapshot::to_word(route.target);
    if (!route.where.empty() || !route.select.empty()) {
      out << ' ' << snapshot::to_word(route.where) << ' ' << snapshot::to_word(route.select);
    }
    out << '\n';
  }
  TRY_ASSIGN(const auto text, io::read_state_file(state, kStateName));
  if (text == out.str()) return {};
  return io::write_state_file(state, kStateName, out.str());
}

}  // namespace slotcast
