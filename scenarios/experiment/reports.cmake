set(report_sources report_compare.cpp report_html.cpp report_json.cpp report_table.cpp svg.cpp words.cpp)
