package com.example.service;

/** A neighbour: what it is called, and what to ask. */
record Upstream(String name, String url) {}
