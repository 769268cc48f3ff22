"""Read models of staff: ``whereabouts`` is what every call asks, ``views`` what is shown."""
