"""What the pages of the desk show and ask; `booking.admin` gives it addresses."""
