"""The audit: who changed what from what to what, sealed so that nobody changes it afterwards."""
