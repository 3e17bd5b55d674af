#pragma once

#include <string_view>

// PostgreSQL's point, "(1.5,-2)".

namespace slotcast::kafka {

struct PointText {
  std::string_view x;
  std::string_view y;
};
bool read_point(std::string_view text, PointText& point);

// Of OGC's well-known binary, little-endian: the kind of a point and its coordinates.
// Source: OGC 06-103r4, "Well-known Binary Representation for Geometry".
inline constexpr int kWkbPointBytes = 21;
void put_wkb_point(char* at, double x, double y);

}  // namespace slotcast::kafka
