# ombud_add_plugin(NAME SOURCES file... [LIBRARIES target...] [MANIFEST file.xml])
#
# Adds the target NAME: the plugin NAME.so, built into ${CMAKE_BINARY_DIR}/plugins, with everything that a host expects
# of one: a single exported symbol, no undefined symbols but those of the libraries it names, no STB_GNU_UNIQUE symbols
# (they would pin the library, so that a reload gets the old code), all symbols bound at load. C and C++ alike.
#
# LIBRARIES  linked PRIVATE, beside ombud::sdk and ombud::sdk_cpp
# MANIFEST   installed as share/ombud/manifests/NAME.xml; without it, manifests/NAME.xml of the project, if there
#
# The plugin is installed to lib/ombud/plugins, unless OMBUD_INSTALL_PLUGINS is off.

function(ombud_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "MANIFEST" "SOURCES;LIBRARIES")
  if(NOT ARG_SOURCES OR ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "ombud_add_plugin(${name}): needs SOURCES, and knows LIBRARIES and MANIFEST beside them; "
                        "got \"${ARGN}\"")
  endif()

  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map)
  add_library(${name} MODULE ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so" NO_SONAME ON LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins
    POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${map})
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE -Wl,--version-script=${map} -Wl,-z,now -Wl,-z,noexecstack)
  # A sanitizer's runtime comes with the program that loads the plugin, so its symbols stay undefined here.
  set(flags "${OMBUD_SANITIZE} ${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS}")
  if(NOT OMBUD_SANITIZE AND NOT flags MATCHES "-fsanitize=")
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
  target_link_libraries(${name} PRIVATE ombud::sdk ombud::sdk_cpp ${ARG_LIBRARIES})
  if(TARGET ombud::warnings)
    target_link_libraries(${name} PRIVATE ombud::warnings)
  endif()

  if(DEFINED OMBUD_INSTALL_PLUGINS AND NOT OMBUD_INSTALL_PLUGINS)
    return()
  endif()
  install(TARGETS ${name} LIBRARY DESTINATION lib/ombud/plugins COMPONENT plugins)
  if(ARG_MANIFEST)
    get_filename_component(manifest ${ARG_MANIFEST} ABSOLUTE)
  else()
    set(manifest ${PROJECT_SOURCE_DIR}/manifests/${name}.xml)
  endif()
  if(ARG_MANIFEST OR EXISTS ${manifest})
    install(FILES ${manifest} DESTINATION share/ombud/manifests RENAME ${name}.xml COMPONENT plugins)
  endif()
endfunction()
