#include "config/load_routes.h"

#include "config/scalar_text.h"
#include "lib/sql/syntax.h"

namespace slotcast::config {
namespace {

constexpr const char* kNotYet = "is not supported by this version of slotcast";

class RouteLoader {
 public:
  RouteLoader(const YAML::Node& item, std::size_t index, const RoutesContext& context)
      : context_(context),
        place_(place_of(item)),
        mapping_(item, "routes[" + std::to_string(index) + "]", context.findings) {}

  Route load() {
    Route route;
    route.place = place_;
    mapping_.require("from");
    mapping_.require("to");
    for (auto& [text, place] : mapping_.texts("from")) route.from.push_back({text, place});
    route.where = sql("where", false);
    route.select = sql("select", true);
    for (auto& [text, place] : mapping_.texts("to")) {
      const std::size_t dot = text.find('.');
      const bool has_target = dot != std::string::npos;
      route.to.push_back({text.substr(0, dot), has_target ? text.substr(dot + 1) : "", place});
    }
    mapping_.refuse("lookup", kNotYet);
    mapping_.finish("routes[].", context_.known_keys);
    return route;
  }

 private:
  // Empty when the key is absent or wrong.
  Sql sql(const char* key, bool may_be_list) {
    const YAML::Node node = mapping_.child(key);
    if (!node.IsDefined()) return {};
    const std::size_t errors_before = errors_;
    Sql all;
    if (may_be_list && node.IsSequence() && node.size() > 0) {
      for (const YAML::Node& item : node) add(key, item, all);
    } else {
      add(key, node, all);
    }
    if (all.text.size() > sql::kTextBytesMax) {
      wrong(key, place_of(node),
            "has " + std::to_string(all.text.size()) + " bytes; at most " +
                std::to_string(sql::kTextBytesMax) + " are allowed");
    }
    return errors_ == errors_before ? all : Sql();
  }

  void add(const char* key, const YAML::Node& node, Sql& all) {
    // What is not there has the place of whatever comes next.
    const Place place = node.IsNull() ? mapping_.place(key) : place_of(node);
    if (node.size() > 0) return wrong(key, place, "must be a text");
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
      return wrong(key, place, "is empty; leave the key out for all of it");
    }
    const Sql one = scalar_text(context_.file_text, node.Mark(), text);
    if (const std::size_t zero = text.find('\0'); zero != std::string::npos) {
      return wrong(key, one.place_of(zero), "holds a zero byte");
    }
    // A comment must end before the comma.
    const bool may_end_in_comment = all.text.find("--") != std::string::npos;
    all.append(all.text.empty() ? "" : may_end_in_comment ? "\n, " : ", ", one);
  }

  void wrong(const char* key, Place place, const std::string& what) {
    ++errors_;
    context_.findings.error(place, mapping_.path() + "." + key + ": " + what);
  }

  const RoutesContext& context_;
  const Place place_;
  Mapping mapping_;
  std::size_t errors_ = 0;
};

}  // namespace

std::vector<Route> load_routes(Mapping& top, const RoutesContext& context) {
  std::vector<Route> routes;
  const YAML::Node items = top.child("routes");
  if (!items.IsDefined()) return routes;
  if (!items.IsSequence()) {
    context.findings.error(place_of(items), "routes must be a list, each item with from and to");
    return routes;
  }
  for (const YAML::Node& item : items) {
    routes.push_back(RouteLoader(item, routes.size(), context).load());
  }
  return routes;
}

}  // namespace slotcast::config
