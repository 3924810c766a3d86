// What does not go together, refused in words before anything is deployed, rather than by some service twenty minutes later.
// tests/infra/test_refusals.py tries each: it needs a combination that is refused and one that is allowed.

@export()
@description('The parameters of main.bicep that depend on one another.')
type choice = {
  plan: string
  stagingSlot: bool
  canary: bool
  minimumInstances: int
  maximumInstances: int
  alwaysReady: array
  zoneRedundant: bool
  cosmosCapacity: string
  cosmosMaxThroughput: int
  networkIsolation: bool
  addressPrefix: string
  managementPrivateLink: bool
  configurationSku: string
  purgeProtection: bool
  eventSources: array
  budgetAmount: int
  budgetStartDate: string
  budgetContacts: array
  instanceMemoryMegabytes: int
  githubRepository: string
}

@export()
@description('Why these cannot be deployed together, each beginning with the parameter to change; empty when they can.')
func refusals(chosen choice) string[] => map(filter([
  {
    parameter: 'cosmosMaxThroughput'
    refused: chosen.cosmosCapacity == 'serverless' && chosen.cosmosMaxThroughput > 0
    because: 'a serverless account takes no throughput; leave it out, or choose autoscale.'
  }
  {
    parameter: 'cosmosMaxThroughput'
    refused: chosen.cosmosCapacity == 'autoscale' && (chosen.cosmosMaxThroughput < 1000 || chosen.cosmosMaxThroughput % 1000 != 0)
    because: 'autoscale needs a multiple of 1000.'
  }
  {
    parameter: 'stagingSlot'
    refused: chosen.plan == 'flex' && chosen.stagingSlot
    because: 'Flex Consumption has no slots; choose plan premium, or a canary.'
  }
  {
    parameter: 'canary'
    refused: chosen.canary && chosen.plan == 'premium'
    because: 'is for plan flex; premium has a staging slot.'
  }
  {
    parameter: 'canary'
    refused: chosen.canary && chosen.networkIsolation
    because: 'Front Door comes in over the public address, which networkIsolation keeps for Event Grid.'
  }
  {
    parameter: 'instanceMemoryMegabytes'
    refused: chosen.plan == 'premium' && chosen.instanceMemoryMegabytes != 2048
    because: 'is for plan flex; instances of premium are of one size.'
  }
  {
    parameter: 'alwaysReady'
    refused: chosen.plan == 'premium' && !empty(chosen.alwaysReady)
    because: 'is for plan flex; premium has minimumInstances.'
  }
  {
    parameter: 'minimumInstances'
    refused: chosen.plan == 'flex' && chosen.minimumInstances > 1
    because: 'is for plan premium; flex has alwaysReady.'
  }
  {
    parameter: 'minimumInstances'
    refused: chosen.plan == 'premium' && chosen.zoneRedundant && chosen.minimumInstances < 2
    because: 'zones need two instances or more.'
  }
  {
    parameter: 'alwaysReady'
    refused: chosen.plan == 'flex' && chosen.zoneRedundant && (empty(chosen.alwaysReady) || !empty(filter(chosen.alwaysReady, group => group.instanceCount < 2)))
    because: 'zones need two instances or more in each group.'
  }
  {
    parameter: 'minimumInstances'
    refused: chosen.minimumInstances > chosen.maximumInstances
    because: 'is more than maximumInstances.'
  }
  {
    parameter: 'maximumInstances'
    refused: chosen.plan == 'premium' && chosen.maximumInstances > 100
    because: 'premium has 100 at most, in some regions 20.'
  }
  {
    parameter: 'addressPrefix'
    refused: chosen.networkIsolation && empty(chosen.addressPrefix)
    because: 'networkIsolation needs the address space of a network, as 10.20.0.0/24.'
  }
  {
    parameter: 'addressPrefix'
    refused: !empty(filter(range(25, 8), bits => endsWith(chosen.addressPrefix, '/${bits}')))
    because: 'has to be a /24 or larger.'
  }
  {
    parameter: 'addressPrefix'
    refused: !chosen.networkIsolation && !empty(chosen.addressPrefix)
    because: 'there is no network without networkIsolation.'
  }
  {
    parameter: 'managementPrivateLink'
    refused: chosen.managementPrivateLink && !chosen.networkIsolation
    because: 'is for networkIsolation; without it Resource Manager reaches the store anyway.'
  }
  {
    parameter: 'configurationSku'
    refused: chosen.networkIsolation && chosen.configurationSku == 'Free'
    because: 'a Free store has no private endpoints.'
  }
  {
    parameter: 'purgeProtection'
    refused: chosen.purgeProtection && contains(['Free', 'Developer'], chosen.configurationSku)
    because: 'Free and Developer stores do not have it.'
  }
  {
    parameter: 'eventSources'
    refused: empty(chosen.eventSources)
    because: 'without a source no event is ever taken in.'
  }
  {
    parameter: 'budgetAmount'
    refused: chosen.budgetAmount > 0 && (empty(chosen.budgetContacts) || empty(chosen.budgetStartDate))
    because: 'a budget needs budgetContacts and budgetStartDate.'
  }
  {
    parameter: 'budgetStartDate'
    refused: !empty(chosen.budgetStartDate) && !endsWith(chosen.budgetStartDate, '-01')
    because: 'has to be the first of a month, as 2026-12-01.'
  }
  {
    parameter: 'githubRepository'
    refused: !empty(chosen.githubRepository) && length(split(chosen.githubRepository, '/')) != 2
    because: 'has to be owner/name.'
  }
], rule => rule.refused), rule => '${rule.parameter}: ${rule.because}')
