package com.example.service;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.Locale;
import net.logstash.logback.composite.AbstractJsonProvider;
import tools.jackson.core.JsonGenerator;

/** Writes the level of a log line as services in other languages do, so that one query finds the errors of all. */
public final class LowerCaseLevel extends AbstractJsonProvider<ILoggingEvent> {
    @Override
    public void writeTo(JsonGenerator generator, ILoggingEvent event) {
        generator.writeStringProperty("level", event.getLevel().toString().toLowerCase(Locale.ROOT));
    }
}
