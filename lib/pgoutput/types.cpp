#include "lib/pgoutput/types.h"

namespace slotcast::pgoutput {

TypeClass type_class_of(std::uint32_t type_oid) {
  switch (type_oid) {
    case 16:
      return TypeClass::Boolean;  // bool
    case 20:                      // int8
    case 21:                      // int2
    case 23:                      // int4
    case 26:
      return TypeClass::Integer;  // oid
    case 1700:
      return TypeClass::Decimal;
    case 700:  // float4
    case 701:
      return TypeClass::Float;  // float8
    case 114:                   // json
    case 3802:
      return TypeClass::Json;  // jsonb
    default:
      return TypeClass::Text;
  }
}

}  // namespace slotcast::pgoutput
