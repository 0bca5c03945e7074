// A small SUMO network as text: W -> J -> E and N -> J with a signal, a footpath and an internal
// lane that goes on in another one.
#pragma once

#include <string>
#include <string_view>

#include "scenarios/city/sources.h"

namespace citybrain::test {

inline std::string sumo_net() {
  return R"(<?xml version="1.0" encoding="UTF-8"?>
<net version="1.9">
 <location netOffset="0.00,0.00" convBoundary="0.00,0.00,400.00,400.00" origBoundary="0,0,1,1" projParameter="!"/>
 <edge id=":J_0" function="internal"><lane id=":J_0_0" index="0" speed="13.89" length="10.00" shape="195.00,200.00 205.00,200.00"/></edge>
 <edge id=":J_1" function="internal"><lane id=":J_1_0" index="0" speed="6.00" length="4.00" shape="200.00,205.00 202.00,202.00"/></edge>
 <edge id=":J_2" function="internal"><lane id=":J_2_0" index="0" speed="6.00" length="5.00" shape="202.00,202.00 205.00,200.00"/></edge>
 <edge id="we" from="W" to="J" priority="3"><lane id="we_0" index="0" speed="13.89" length="195.00" shape="0.00,198.00 195.00,198.00"/><lane id="we_1" index="1" speed="13.89" length="195.00" shape="0.00,201.00 195.00,201.00"/></edge>
 <edge id="je" from="J" to="E" priority="3"><lane id="je_0" index="0" speed="13.89" length="195.00" shape="205.00,198.00 400.00,198.00"/></edge>
 <edge id="nj" from="N" to="J" priority="1"><lane id="nj_0" index="0" allow="pedestrian" speed="1.5" length="195.00" shape="198.00,400.00 198.00,205.00"/><lane id="nj_1" index="1" speed="13.89" length="195.00" shape="200.00,400.00 200.00,205.00"/></edge>
 <edge id="rail" from="N" to="J"><lane id="rail_0" index="0" allow="rail" speed="13.89" length="195.00" shape="210.00,400.00 210.00,205.00"/></edge>
 <tlLogic id="TL" type="static" programID="0" offset="7">
  <phase duration="30" state="GGr"/><phase duration="3" state="yyr"/><phase duration="20" state="rrG"/><phase duration="3" state="rry"/>
 </tlLogic>
 <junction id="W" type="dead_end" x="0.00" y="200.00"/><junction id="E" type="dead_end" x="400.00" y="200.00"/>
 <junction id="N" type="dead_end" x="200.00" y="400.00"/><junction id="J" type="traffic_light" x="200.00" y="200.00"/>
 <connection from="we" to="je" fromLane="0" toLane="0" via=":J_0_0" tl="TL" linkIndex="0" dir="s" state="O"/>
 <connection from="we" to="je" fromLane="1" toLane="0" via=":J_0_0" tl="TL" linkIndex="1" dir="s" state="O"/>
 <connection from="nj" to="je" fromLane="1" toLane="0" via=":J_1_0" tl="TL" linkIndex="2" dir="l" state="o"/>
 <connection from=":J_1" to="je" fromLane="0" toLane="0" via=":J_2_0" dir="l" state="m"/>
</net>
)";
}

/// Imported by tests that do not look at the warnings.
inline auto read_net(std::string_view text, std::string_view name = "x") {
  city::ImportReport report;
  return city::import_sumo_net(text, name, {120, 30}, report);
}
inline auto read_names(std::string_view text, std::string_view name = "x") {
  city::ImportReport report;
  return city::import_sumo_names(text, name, {120, 30}, report);
}

}  // namespace citybrain::test
