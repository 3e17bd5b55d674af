#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

namespace slotcast::stage::s3 {

// An element of an answer: attributes and name spaces do not matter here.
struct Xml {
  std::string name;
  std::string text;
  std::vector<Xml> children;

  // nullptr when there is none.
  const Xml* child(std::string_view wanted) const;
  // The text of a child; "" when there is none.
  std::string value(std::string_view wanted) const;
};

// Corrupt when it is no document, is nested deeper than any answer, or brings a DTD along.
Result<Xml> parse_xml(std::string_view text);

// As text between two tags.
std::string xml_escape(std::string_view text);

}  // namespace slotcast::stage::s3
