#include "lib/sql/overload.h"

#include <algorithm>

namespace slotcast::sql {
namespace {

using Kinds = std::vector<Kind>;
using Candidates = std::vector<const Function*>;

bool is_exact(const Function& function, const Kinds& arguments) {
  return std::equal(arguments.begin(), arguments.end(), function.arguments);
}

// Keeps those with the highest score, if any scores at all.
template <class Score>
void keep_best(Candidates& candidates, const Score& score) {
  int best = 0;
  for (const Function* each : candidates) best = std::max(best, score(*each));
  if (best == 0) return;
  std::erase_if(candidates, [&](const Function* each) { return score(*each) < best; });
}

int exact_arguments(const Function& function, const Kinds& arguments) {
  int count = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    count += arguments[i] != Kind::Unknown && function.arguments[i] == arguments[i] ? 1 : 0;
  }
  return count;
}

int good_arguments(const Function& function, const Kinds& arguments) {
  int count = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Kind wanted = function.arguments[i];
    if (arguments[i] == Kind::Unknown) continue;
    const bool is_same_category = category_of(wanted) == category_of(arguments[i]);
    count += wanted == arguments[i] || (is_same_category && is_preferred(wanted)) ? 1 : 0;
  }
  return count;
}

// For each literal: the category all candidates agree on, or the strings' where any takes one.
bool settle_literals(Candidates& candidates, const Kinds& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] != Kind::Unknown) continue;
    char category = category_of(candidates.front()->arguments[i]);
    bool is_agreed = true;
    bool takes_text = false;
    for (const Function* each : candidates) {
      const char own = category_of(each->arguments[i]);
      is_agreed = is_agreed && own == category;
      takes_text = takes_text || own == 'S';
    }
    if (takes_text) category = 'S';
    if (!is_agreed && !takes_text) return false;
    const auto is_of = [&](const Function* each) {
      return category_of(each->arguments[i]) == category;
    };
    std::erase_if(candidates, [&](const Function* each) { return !is_of(each); });
    const bool has_preferred =
        std::any_of(candidates.begin(), candidates.end(),
                    [&](const Function* each) { return is_preferred(each->arguments[i]); });
    if (!has_preferred) continue;
    std::erase_if(candidates,
                  [&](const Function* each) { return !is_preferred(each->arguments[i]); });
  }
  return true;
}

// When all that are no literals are of one type, the literals are taken for it.
const Function* by_known_type(const Candidates& candidates, const Kinds& arguments) {
  Kind known = Kind::Unknown;
  for (const Kind kind : arguments) {
    if (kind == Kind::Unknown) continue;
    if (known != Kind::Unknown && known != kind) return nullptr;
    known = kind;
  }
  if (known == Kind::Unknown) return nullptr;
  const Function* found = nullptr;
  for (const Function* each : candidates) {
    const bool fits = std::all_of(each->arguments, each->arguments + each->count,
                                  [&](Kind wanted) { return converts_by_itself(known, wanted); });
    if (!fits) continue;
    if (found != nullptr) return nullptr;
    found = each;
  }
  return found;
}

}  // namespace

bool converts_by_itself(Kind from, Kind to) {
  if (from == to || from == Kind::Unknown) return true;
  const Cast* cast = find_cast(from, to);
  return cast != nullptr && cast->context == CastContext::Implicit;
}

Choice choose_function(std::string_view name, const Kinds& arguments, bool is_operator) {
  Candidates candidates = functions_named(name);
  std::erase_if(candidates, [&](const Function* each) {
    return each->count != static_cast<int>(arguments.size());
  });
  Kinds assumed = arguments;
  if (is_operator && arguments.size() == 2) {
    if (arguments[0] == Kind::Unknown) assumed[0] = arguments[1];
    if (arguments[1] == Kind::Unknown) assumed[1] = arguments[0];
  }
  for (const Function* each : candidates) {
    if (is_exact(*each, assumed)) return {each, false};
  }
  std::erase_if(candidates, [&](const Function* each) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (!converts_by_itself(arguments[i], each->arguments[i])) return true;
    }
    return false;
  });
  if (candidates.empty()) return {};
  keep_best(candidates, [&](const Function& each) { return exact_arguments(each, arguments); });
  keep_best(candidates, [&](const Function& each) { return good_arguments(each, arguments); });
  if (candidates.size() > 1) {
    Candidates settled = candidates;
    if (settle_literals(settled, arguments)) candidates = settled;
  }
  if (candidates.size() == 1) return {candidates.front(), false};
  const Function* known = by_known_type(candidates, arguments);
  return {known, known == nullptr};
}

}  // namespace slotcast::sql
