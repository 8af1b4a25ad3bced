#!/usr/bin/env node
// Committed, because npm links no bin whose file is missing at install time; the program itself is built into dist.
import '../dist/main.js';
