"""Battery plants in detail: true cells, a management system with its own sensors and limits, an inverter, Modbus."""
