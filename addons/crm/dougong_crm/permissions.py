"""What people may do in the CRM beyond reading and writing leads."""

from dougong import Permission

SELL = Permission("crm.sell", "Move leads through the pipeline.")
