"""The sandbox: `inside` is exactly what is copied within the walls; `walls` and `system_calls` build them."""
